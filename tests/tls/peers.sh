#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# usage: peers.sh TLS_PEER CERTIFICATES [PEER...]
#
# Our server and our client (tls_peer) beside other programs, in both roles, with TLS 1.2 and 1.3, on
# sockets and as filters.  Peers: openssl gnutls socat nginx curl self; those that are not
# installed are left out.  Only loopback; ports are chosen by the kernel.
set -uo pipefail

peer=$(readlink -f "${1:?usage: peers.sh TLS_PEER CERTIFICATES [PEER...]}")
certificates=$(readlink -f "${2:?usage: peers.sh TLS_PEER CERTIFICATES [PEER...]}")
shift 2
wanted=" ${*:-openssl gnutls socat nginx curl self} "
folder=$(mktemp -d)
chmod 755 "$folder"
started=()
done=0
failed=0
# A peer that hangs ends then.
limit=(timeout --kill-after 1 60)

stop() {
	kill "$@" 2>/dev/null
	wait "$@" 2>/dev/null
}

clean_up() {
	[ ${#started[@]} -eq 0 ] || stop "${started[@]}"
	rm -rf "$folder"
}
trap clean_up EXIT

# start NAME COMMAND...: in the background; its output goes to the fifo that "line" reads.
start() {
	local name=$1
	shift
	rm -f "$folder/$name.fifo"
	mkfifo "$folder/$name.fifo"
	"$@" >"$folder/$name.fifo" 2>"$folder/$name.err" </dev/null &
	pid=$!
	started+=("$pid")
	exec 7<"$folder/$name.fifo"
}

# line PATTERN: waits for a line of what was started last, which is left in $found.
line() {
	while read -r -t 30 -u 7 found; do
		# shellcheck disable=SC2053
		[[ $found == $1 ]] && return
	done
	found=
}

# port_of PID: where the process listens, in IPv4.
port_of() {
	local inode address
	while read -r _ address _ _ _ _ _ _ _ inode _; do
		if find "/proc/$1/fd" -lname "socket:\[$inode\]" 2>/dev/null | grep -q .; then
			printf '%d\n' "0x${address##*:}"
			return
		fi
	done < <(grep ' 0A ' /proc/net/tcp)
}

# listening_port: where the child of what was started last listens, as soon as it does.
listening_port() {
	local found=
	while [ -z "$found" ] && kill -0 "$pid"; do found=$(port_of "$(pgrep -P "$pid")"); done
	echo "$found"
}

# expect TEXT in OUTPUT as WHAT
expect() {
	done=$((done + 1))
	if [[ $2 == *"$1"* ]]; then
		return
	fi
	failed=$((failed + 1))
	printf 'FAILED %s (%s): "%s" is not in:\n%s\n' "$3" "$way" "$1" "${2:0:600}"
	cat "$folder"/*.err | tail -n 5
}

has() { [[ $wanted == *" $1 "* ]] && command -v "$2" >/dev/null; }

# Our server, in the way that is tried; its port is in $port.
start_server() {
	start server "$peer" --certificates "$certificates" "${flags[@]}" server
	line 'port *'
	port=${found#port }
	server=$pid
}

client() {
	"${limit[@]}" "$peer" --certificates "$certificates" --name localhost "${flags[@]}" "$@" client \
		2>>"$folder/client.err"
}

# ---- peers as clients of our server

openssl_client() {
	local text talk talk_PID process
	coproc talk { "${limit[@]}" openssl s_client -connect "127.0.0.1:$port" -servername localhost \
		-CAfile "$certificates/ca.pem" -verify_return_error 2>&1; }
	process=$talk_PID
	# Bash closes its own when the process has gone.
	exec 8<&"${talk[0]}" 9>&"${talk[1]}"
	echo hello >&9
	while read -r -t 30 -u 8 text && [ "$text" != hello ]; do :; done
	expect hello "$text" "s_client"
	# A line of its own is a command: new keys.
	if [ "$version" = 3 ]; then
		echo K >&9
		while read -r -t 30 -u 8 text && [ "$text" != KEYUPDATE ]; do :; done
	fi
	echo 'once more' >&9
	while read -r -t 30 -u 8 text && [ "$text" != 'once more' ]; do :; done
	expect 'once more' "$text" "s_client after new keys"
	echo end >&9
	text=$(cat <&8)
	expect closed "$text" "s_client at the end"
	exec 8<&- 9>&-
	wait "$process" 2>/dev/null
}

gnutls_client() {
	local answer
	answer=$(printf 'hello\nend\n' | "${limit[@]}" gnutls-cli --x509cafile "$certificates/ca.pem" \
		-p "$port" localhost 2>&1)
	expect hello "$answer" gnutls-cli
	expect 'Peer has closed the GnuTLS connection' "$answer" "gnutls-cli at the end"
}

socat_client() {
	local answer
	answer=$(printf 'hello\nend\n' | "${limit[@]}" socat -t 30 - \
		"OPENSSL:localhost:$port,pf=ip4,cafile=$certificates/ca.pem" 2>&1)
	expect hello "$answer" socat
}

curl_client() {
	local answer
	answer=$("${limit[@]}" curl -sS --noproxy '*' --ipv4 --cacert "$certificates/ca.pem" "https://localhost:$port/" \
		"https://localhost:$port/" 2>&1)
	expect $'hello\nhello' "$answer" curl
}

nginx_client() {
	local answer
	start_nginx
	answer=$("${limit[@]}" curl -sS --noproxy '*' --unix-socket "$folder/nginx.plain" http://localhost/proxy/ 2>&1)
	expect hello "$answer" "nginx as a proxy"
	stop "$pid"
}

self_client() { expect hello "$(client --port "$port" --send $'hello\n' --until hello)" self; }

# ---- peers as servers of our client

openssl_server() {
	start s_server "${limit[@]}" openssl s_server -accept 127.0.0.1:0 -rev \
		-cert "$certificates/server.pem" -key "$certificates/server.key"
	line 'ACCEPT *'
	expect olleh "$(client --port "${found##*:}" --send $'hello\n' --until olleh)" "s_server"
	stop "$pid"
	start s_server "${limit[@]}" openssl s_server -accept 127.0.0.1:0 -WWW -naccept 1 \
		-cert "$certificates/server.pem" -key "$certificates/server.key"
	line 'ACCEPT *'
	expect 'Error opening' "$(client --port "${found##*:}" --send $'GET /none HTTP/1.0\r\n\r\n')" "s_server -WWW"
	stop "$pid"
}

gnutls_server() {
	start gnutls-serv "${limit[@]}" gnutls-serv --echo -p 0 --x509certfile "$certificates/server.pem" \
		--x509keyfile "$certificates/server.key" --disable-client-cert
	expect hello "$(client --port "$(listening_port)" --send $'hello\n' --until hello)" gnutls-serv
	stop "$pid"
}

socat_server() {
	start socat "${limit[@]}" socat \
		"OPENSSL-LISTEN:0,pf=ip4,bind=127.0.0.1,cert=$certificates/server.pem,key=$certificates/server.key,verify=0" PIPE
	expect hello "$(client --port "$(listening_port)" --send $'hello\n' --until hello)" "socat as a server"
	# It ends with its client, and spins if a signal meets it then.
	wait "$pid"
}

nginx_server() {
	local sum
	start_nginx
	head -c 3000000 /dev/urandom >"$folder/file"
	# The end of the connection is the end of the file.
	sum=$(client --filter --socket "$folder/nginx.tls" --send $'GET /file HTTP/1.0\r\n\r\n' |
		tail -c 3000000 | md5sum)
	expect "$(md5sum <"$folder/file")" "$sum" "nginx"
	stop "$pid"
}

start_nginx() {
	cat >"$folder/nginx.conf" <<-END
		pid $folder/nginx.pid;
		error_log $folder/nginx.err;
		daemon off;
		master_process off;
		events { worker_connections 64; }
		http {
			access_log off;
			client_body_temp_path $folder/b; proxy_temp_path $folder/p; fastcgi_temp_path $folder/f;
			uwsgi_temp_path $folder/u; scgi_temp_path $folder/s;
			ssl_protocols TLSv1.2 TLSv1.3;
			server {
				listen unix:$folder/nginx.tls ssl;
				ssl_certificate $certificates/server.pem;
				ssl_certificate_key $certificates/server.key;
				root $folder;
			}
			server {
				listen unix:$folder/nginx.plain;
				location /proxy/ {
					proxy_pass https://127.0.0.1:${port:-1}/;
					proxy_http_version 1.1;
					proxy_ssl_protocols TLSv1.2 TLSv1.3;
					proxy_ssl_verify on;
					proxy_ssl_trusted_certificate $certificates/ca.pem;
					proxy_ssl_name localhost;
				}
			}
		}
	END
	start nginx nginx -p "$folder" -c "$folder/nginx.conf"
	# It writes its number when it listens.
	until [ -s "$folder/nginx.pid" ]; do kill -0 "$pid" || break; done
}

for version in 2 3; do
	for kind in socket filter; do
		flags=(--version "$version")
		[ "$kind" = socket ] || flags+=(--filter)
		way="TLS 1.$version, $kind"
		start_server
		if has openssl openssl; then openssl_client && openssl_server; fi
		if has gnutls gnutls-cli; then gnutls_client && gnutls_server; fi
		if has socat socat; then socat_client && socat_server; fi
		if has curl curl; then curl_client; fi
		if has nginx nginx; then nginx_client && nginx_server; fi
		if has self "$peer"; then self_client; fi
		stop "$server"
	done
done
printf '%d answers, %d wrong\n' "$done" "$failed"
[ "$failed" = 0 ]
