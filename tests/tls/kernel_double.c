/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A double of kernel TLS, for machines whose kernel has none: a library to be preloaded.  It takes
 * the keys that OpenSSL gives to the kernel, encrypts what is then written to the descriptor and
 * decrypts what is received from it, as Linux 6.1 does with AES-GCM.
 *
 * It is for pairs of Unix sockets, which take a record as a whole or not at all, and for one thread.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/tls.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef TCP_ULP
#define TCP_ULP 31
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif

enum { SOCKETS = 1024, HEADER = 5, PLAIN = 16384, TAG = 16, EXPLICIT = 8, NONCE = 12 };
enum { DATA = 23, RECORD = HEADER + EXPLICIT + PLAIN + 1 + TAG };

/* The keys of one direction, and the number of the next record. */
struct keys {
	bool are_set;
	bool are_of_1_3;
	size_t size;
	unsigned char key[32];
	unsigned char nonce[NONCE]; /* of TLS 1.2 the first four bytes */
	uint64_t number;
};

static struct tls_socket {
	struct keys sending, receiving;
	unsigned char record[RECORD]; /* that is being received */
	size_t received;
} tls_sockets[SOCKETS];

#define REAL(name)                                            \
	static __typeof__(name) *real_##name(void)            \
	{                                                     \
		__typeof__(name) *found;                      \
                                                              \
		*(void **)(&found) = dlsym(RTLD_NEXT, #name); \
		return found;                                 \
	}

REAL(close)
REAL(read)
REAL(recvmsg)
REAL(sendfile64)
REAL(sendmsg)
REAL(setsockopt)
REAL(socketpair)
REAL(write)
REAL(writev)

static struct keys *
keys_to_send(int fd)
{
	bool has_some = fd >= 0 && fd < SOCKETS && tls_sockets[fd].sending.are_set;

	return has_some ? &tls_sockets[fd].sending : NULL;
}

static struct keys *
keys_to_receive(int fd)
{
	bool has_some = fd >= 0 && fd < SOCKETS && tls_sockets[fd].receiving.are_set;

	return has_some ? &tls_sockets[fd].receiving : NULL;
}

static void
forget(int fd)
{
	if (fd >= 0 && fd < SOCKETS)
		memset(&tls_sockets[fd], 0, sizeof(tls_sockets[fd]));
}

static void
must(bool done)
{
	if (!done)
		abort();
}

/* ---- Records ---- */

static void
put_number(unsigned char *to, uint64_t number)
{
	for (int i = 0; i < 8; i++)
		to[i] = (unsigned char)(number >> (56 - 8 * i));
}

/* Returns how many bytes of additional data there are (RFC 5246 6.2.3.3, RFC 8446 5.2). */
static int
make_additional(const struct keys *keys, int type, size_t size, unsigned char additional[13])
{
	if (keys->are_of_1_3) {
		const unsigned char header[HEADER] = {
		    DATA, 3, 3, (unsigned char)((size + TAG) >> 8), (unsigned char)(size + TAG)};

		memcpy(additional, header, HEADER);
		return HEADER;
	}
	put_number(additional, keys->number);
	additional[8] = (unsigned char)type;
	additional[9] = additional[10] = 3;
	additional[11] = (unsigned char)(size >> 8);
	additional[12] = (unsigned char)size;
	return 13;
}

/* In place; `explicit_part` is of TLS 1.2.  False if the record is not authentic. */
static bool
apply_cipher(const struct keys *keys, bool seals, const unsigned char *explicit_part, int type,
    unsigned char *data, size_t size)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	unsigned char nonce[NONCE], number[8], additional[13];
	int additional_size = make_additional(keys, type, size, additional);
	int length;
	bool is_good = true;

	memcpy(nonce, keys->nonce, NONCE);
	put_number(number, keys->number);
	for (int i = 0; i < 8; i++)
		nonce[4 + i] = keys->are_of_1_3 ? nonce[4 + i] ^ number[i] : explicit_part[i];
	must(context &&
	     EVP_CipherInit_ex(context, keys->size == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(),
		 NULL, keys->key, nonce, seals));
	must(EVP_CipherUpdate(context, NULL, &length, additional, additional_size));
	must(EVP_CipherUpdate(context, data, &length, data, (int)size));
	if (!seals)
		must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG, data + size));
	is_good = EVP_CipherFinal_ex(context, data + size, &length) == 1;
	if (seals)
		must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG, data + size));
	EVP_CIPHER_CTX_free(context);
	return is_good;
}

/* One record of at most PLAIN bytes.  As write. */
static ssize_t
send_record(int fd, struct keys *keys, int type, const void *data, size_t size)
{
	unsigned char record[RECORD];
	size_t explicit_size = keys->are_of_1_3 ? 0 : EXPLICIT;
	unsigned char *content = record + HEADER + explicit_size;
	size_t inner = size + keys->are_of_1_3, body = explicit_size + inner + TAG;
	ssize_t sent;

	put_number(record + HEADER, keys->number);
	memcpy(content, data, size);
	if (keys->are_of_1_3)
		content[size] = (unsigned char)type;
	must(apply_cipher(keys, true, record + HEADER, type, content, inner));
	record[0] = (unsigned char)(keys->are_of_1_3 ? DATA : type);
	record[1] = record[2] = 3;
	record[3] = (unsigned char)(body >> 8);
	record[4] = (unsigned char)body;
	sent = real_write()(fd, record, HEADER + body);
	if (sent < 0)
		return -1;
	must((size_t)sent == HEADER + body);
	keys->number++;
	return (ssize_t)size;
}

/* Until there is `wanted` of the record.  1, 0 at the end, or -1. */
static ssize_t
receive_some(int fd, struct tls_socket *tls, size_t wanted)
{
	while (tls->received < wanted) {
		ssize_t got = real_read()(fd, tls->record + tls->received, wanted - tls->received);

		if (got <= 0)
			return got;
		tls->received += (size_t)got;
	}
	return 1;
}

/* Of TLS 1.2: OpenSSL 3.0 gives the kernel no other keys to receive. */
static ssize_t
receive_record(int fd, struct keys *keys, int *type_out, void *data, size_t capacity)
{
	struct tls_socket *tls = &tls_sockets[fd];
	unsigned char *content = tls->record + HEADER + EXPLICIT;
	size_t body, size;
	ssize_t got = receive_some(fd, tls, HEADER);

	if (got <= 0)
		return got;
	body = (size_t)(tls->record[3] << 8 | tls->record[4]);
	if (body < EXPLICIT + TAG || body > RECORD - HEADER) {
		errno = EMSGSIZE;
		return -1;
	}
	got = receive_some(fd, tls, HEADER + body);
	if (got <= 0)
		return got;
	size = body - EXPLICIT - TAG;
	*type_out = tls->record[0];
	tls->received = 0;
	if (!apply_cipher(keys, false, tls->record + HEADER, *type_out, content, size)) {
		errno = EBADMSG;
		return -1;
	}
	must(size <= capacity);
	memcpy(data, content, size);
	keys->number++;
	return (ssize_t)size;
}

/* ---- Keys ---- */

static int
take_keys(struct keys *keys, const void *value)
{
	const struct tls_crypto_info *info = value;
	const struct tls12_crypto_info_aes_gcm_128 *small = value;
	const struct tls12_crypto_info_aes_gcm_256 *large = value;
	bool is_small = info->cipher_type == TLS_CIPHER_AES_GCM_128;
	const unsigned char *number = is_small ? small->rec_seq : large->rec_seq;

	if (keys->are_set || (!is_small && info->cipher_type != TLS_CIPHER_AES_GCM_256)) {
		errno = keys->are_set ? EBUSY : EINVAL;
		return -1;
	}
	*keys = (struct keys){.are_set = true, .size = is_small ? 16 : 32};
	keys->are_of_1_3 = info->version == TLS_1_3_VERSION;
	memcpy(keys->key, is_small ? small->key : large->key, keys->size);
	memcpy(keys->nonce, is_small ? small->salt : large->salt, 4);
	memcpy(keys->nonce + 4, is_small ? small->iv : large->iv, 8);
	for (int i = 0; i < 8; i++)
		keys->number = keys->number << 8 | number[i];
	return 0;
}

/* ---- System calls ---- */

int
setsockopt(int fd, int level, int name, const void *value, socklen_t size)
{
	if (fd < 0 || fd >= SOCKETS)
		return real_setsockopt()(fd, level, name, value, size);
	if (level == IPPROTO_TCP && name == TCP_ULP)
		return 0;
	if (level == SOL_TLS && name == TLS_TX)
		return take_keys(&tls_sockets[fd].sending, value);
	if (level == SOL_TLS && name == TLS_RX)
		return take_keys(&tls_sockets[fd].receiving, value);
	return real_setsockopt()(fd, level, name, value, size);
}

ssize_t
write(int fd, const void *data, size_t size)
{
	struct keys *keys = keys_to_send(fd);

	if (!keys)
		return real_write()(fd, data, size);
	return send_record(fd, keys, DATA, data, size < PLAIN ? size : PLAIN);
}

ssize_t
writev(int fd, const struct iovec *vectors, int count)
{
	struct keys *keys = keys_to_send(fd);
	unsigned char plain[PLAIN];
	size_t size = 0;

	if (!keys)
		return real_writev()(fd, vectors, count);
	for (int i = 0; i < count && size < PLAIN; i++) {
		size_t most = PLAIN - size;

		most = vectors[i].iov_len < most ? vectors[i].iov_len : most;
		memcpy(plain + size, vectors[i].iov_base, most);
		size += most;
	}
	return send_record(fd, keys, DATA, plain, size);
}

ssize_t
sendfile64(int fd, int file, off64_t *offset, size_t size)
{
	struct keys *keys = keys_to_send(fd);
	unsigned char plain[PLAIN];
	ssize_t got;

	if (!keys)
		return real_sendfile64()(fd, file, offset, size);
	got = pread64(file, plain, size < PLAIN ? size : PLAIN, *offset);
	if (got > 0)
		got = send_record(fd, keys, DATA, plain, (size_t)got);
	if (got > 0)
		*offset += got;
	return got;
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct keys *keys = keys_to_send(fd);
	const struct cmsghdr *control = CMSG_FIRSTHDR(message);

	if (!keys || !control || control->cmsg_level != SOL_TLS)
		return real_sendmsg()(fd, message, flags);
	return send_record(
	    fd, keys, *CMSG_DATA(control), message->msg_iov->iov_base, message->msg_iov->iov_len);
}

ssize_t
recvmsg(int fd, struct msghdr *message, int flags)
{
	struct keys *keys = keys_to_receive(fd);
	struct cmsghdr *control = CMSG_FIRSTHDR(message);
	ssize_t got;
	int type;

	if (!keys || !control)
		return real_recvmsg()(fd, message, flags);
	got =
	    receive_record(fd, keys, &type, message->msg_iov->iov_base, message->msg_iov->iov_len);
	if (got <= 0)
		return got;
	control->cmsg_level = SOL_TLS;
	control->cmsg_type = TLS_GET_RECORD_TYPE;
	control->cmsg_len = CMSG_LEN(1);
	*CMSG_DATA(control) = (unsigned char)type;
	message->msg_controllen = control->cmsg_len;
	message->msg_flags |= MSG_EOR;
	return got;
}

int
close(int fd)
{
	forget(fd);
	return real_close()(fd);
}

int
socketpair(int family, int type, int protocol, int ends[2])
{
	int rc = real_socketpair()(family, type, protocol, ends);

	if (rc == 0) {
		forget(ends[0]);
		forget(ends[1]);
	}
	return rc;
}
