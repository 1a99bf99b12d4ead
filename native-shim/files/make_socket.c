/* Sockets without a connection opened anew, as others were. */
#include "outside.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * What is left of connections at the port has it too, and keeps it from who does not say that it may be used
 * again, as those must have said (bind(2), SO_REUSEADDR; fp_reuse_addresses).
 */
static int bind_again(int fd, const struct fp_socket_image *image, const struct sockaddr_storage *name) {
    const int one = 1, was = fp_socket_number(fd, SO_REUSEADDR), shares = image->type == SOCK_STREAM;
    int result = 0;
    if (shares)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)name, (socklen_t)image->sizes[0]) != 0)
        result = -errno;
    if (result == 0 && image->state == FP_SOCKET_LISTENING && listen(fd, image->backlog) != 0)
        result = -errno;
    if (shares)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &was, sizeof was);
    return result;
}

static int connect_again(int fd, const struct fp_socket_image *image) {
    const struct sockaddr *peer = (const struct sockaddr *)&image->names[1];
    return connect(fd, peer, (socklen_t)image->sizes[1]) == 0 ? 0 : -errno;
}

/*
 * Of a socket whose datagrams have a peer it is not known whether it was bound to its address or got that
 * with the peer, which it may lose with it (connect(2), AF_UNSPEC): 0 when the peer gives it.
 */
static int connect_from_port(int fd, const struct fp_socket_image *image) {
    struct sockaddr_storage any = image->names[0], now = {0};
    socklen_t size = sizeof now;
    if (image->domain == AF_INET)
        ((struct sockaddr_in *)&any)->sin_addr.s_addr = INADDR_ANY;
    else
        ((struct sockaddr_in6 *)&any)->sin6_addr = in6addr_any;
    int result = bind_again(fd, image, &any);
    if (result == 0)
        result = connect_again(fd, image);
    if (result != 0)
        return result;
    return getsockname(fd, (struct sockaddr *)&now, &size) == 0 && (int32_t)size == image->sizes[0] &&
                   memcmp(&now, &image->names[0], size) == 0
               ? 0
               : -EADDRNOTAVAIL;
}

static int open_like(const struct fp_socket_image *image, int *refused) {
    int fd = socket(image->domain, image->type | SOCK_CLOEXEC, image->protocol);
    if (fd < 0)
        return -errno;
    if (image->user != geteuid() && fchown(fd, image->user, (gid_t)-1) != 0)
        *refused = -errno;
    int result = fp_set_socket_values(fd, image);
    *refused = result != 0 ? result : *refused;
    return fd;
}

static int bind_and_connect(int fd, const struct fp_socket_image *image) {
    int result = image->state == FP_SOCKET_UNBOUND ? 0 : bind_again(fd, image, &image->names[0]);
    return result == 0 && image->state == FP_SOCKET_CONNECTED ? connect_again(fd, image) : result;
}

int fp_make_socket(const struct fp_socket_image *image, int *made) {
    int refused = 0;
    if (image->state == FP_SOCKET_CONNECTED) {
        *made = open_like(image, &refused);
        if (*made >= 0 && connect_from_port(*made, image) == 0)
            return -refused;
        if (*made >= 0)
            close(*made);
    }
    *made = open_like(image, &refused);
    if (*made < 0)
        return *made;
    int result = bind_and_connect(*made, image);
    return result != 0 ? result : -refused;
}

int fp_restore_socket(int fd, const struct fp_socket_image *image) {
    int refused = fp_set_socket_values(fd, image);
    if (image->state == FP_SOCKET_LISTENING && image->domain != AF_UNIX && listen(fd, image->backlog) != 0)
        return -errno;
    return -refused;
}
