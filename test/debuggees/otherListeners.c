// Sockets that cannot be opened again as they were, or only just. Arguments: multipath (MPTCP), filtered.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define MPTCP 262

int main(int count, char **arguments) {
    int is_filtered = count > 1 && strcmp(arguments[1], "filtered") == 0;
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof name;
    int file = socket(AF_INET, SOCK_STREAM, is_filtered ? 0 : MPTCP);
    if (file < 0 && !is_filtered) {
        printf("no multipath\n");
        return 0;
    }
    struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, 0xffff);
    struct sock_fprog program = {1, &pass};
    CHECK(!is_filtered || setsockopt(file, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0);
    first();
    // The first time only: what has a filter stays as it is.
    if (bind(file, (void *)&name, size) != 0 || listen(file, 3) != 0)
        printf("%s\n", strerror(errno));
    fflush(stdout);
    second();
    close(file);
    return success();
}
