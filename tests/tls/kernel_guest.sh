#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Kernel TLS on a kernel that has it: runs tls_kernel_suite in a virtual machine with Debian's newest
# kernel.  An emulated machine takes a minute, and longer where others use the processor.
# Run after a build:  tests/tls/kernel_guest.sh [build/release [PATTERN...]]
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tools/dev/common.sh
. tools/dev/common.sh

build=$(readlink -f "${1:-build/release}")
patterns=("${@:2}")
guest=$build/guest
suite=$build/tests/tls_kernel_suite
[ -x "$suite" ] || die "There is no $suite: build it first."
need qemu-system-x86 busybox-static cpio kmod
mkdir -p "$guest"

# ---- the kernel

fetch_kernel() {
	local package
	package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')
	[ -n "$package" ] || return 1
	rm -rf "$guest/kernel" "$guest"/linux-image-*.deb
	(cd "$guest" && apt-get -q download "$package") &&
		dpkg-deb -x "$guest"/linux-image-*.deb "$guest/kernel"
}

[ -d "$guest/kernel/boot" ] || step "fetching Debian's kernel" fetch_kernel
version=$(basename "$guest"/kernel/lib/modules/*)
depmod -b "$guest/kernel" "$version"

# ---- its first and only files

rm -rf "$guest/files"
mkdir -p "$guest"/files/{bin,dev,proc,sys,tmp,modules}
cp /bin/busybox "$guest/files/bin/"

# copy_program FILE: with the libraries that it maps, where it looks for them.
copy_program() {
	local library
	while read -r library; do
		install -D "$library" "$guest/files$library"
	done < <(ldd "$1" | grep -o '/[^ ]*')
	install -D "$1" "$guest/files/bin/"
}
copy_program "$suite"

# The kernel loads a cipher when it is asked for and finds modprobe; here all are loaded before.
count=0
for module in tls gcm ctr ghash_generic ccm chacha20poly1305 aesni_intel; do
	while read -r _ file; do
		cp "$file" "$guest/files/modules/$(printf %02d $count)-$(basename "$file")"
		count=$((count + 1))
	done < <(modprobe -d "$guest/kernel" -S "$version" --show-depends "$module" | grep ^insmod)
done

printf '%s\n' "${patterns[@]}" >"$guest/files/patterns"
cat >"$guest/files/init" <<'END'
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
ip link set lo up
for module in /modules/*; do
	insmod "$module" 2>/dev/null
done
echo "guest: $(uname -r)"
xargs tls_kernel_suite </patterns
echo "guest: status $?"
cat /proc/net/tls_stat
poweroff -f
END
chmod +x "$guest/files/init"
(cd "$guest/files" && find . | cpio -o -H newc --quiet | gzip -1) >"$guest/initramfs.gz"

# ---- the run

qemu=(qemu-system-x86_64 -cpu max -smp 1 -m 512 -nographic -no-reboot
	-kernel "$guest/kernel/boot/vmlinuz-$version" -initrd "$guest/initramfs.gz"
	-append 'console=ttyS0 quiet panic=-1')
timeout 900 "${qemu[@]}" </dev/null | stdbuf -oL tr -d '\r' | tee "$guest/output"
grep -q '^guest: status 0$' "$guest/output" || die "tls_kernel_suite has failed in the guest."
