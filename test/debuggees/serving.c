// A server of one client: what it has sent, and that it hangs up, is seen whatever checkpoints there are.
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof any;
    char byte;
    int listening = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(listening >= 0 && bind(listening, (void *)&any, size) == 0 && listen(listening, 1) == 0);
    CHECK(getsockname(listening, (void *)&any, &size) == 0);
    printf("port %d\n", ntohs(any.sin_port));
    fflush(stdout);
    int client = accept(listening, NULL, NULL);
    CHECK(client >= 0);
    first();
    // A connection that the client has no more, or that was closed after the checkpoint, reads as ended.
    ssize_t sent = send(client, "x", 1, MSG_NOSIGNAL), got = recv(client, &byte, 1, MSG_DONTWAIT);
    printf("%s\n", got == 0 ? "ended" : sent == 1 && got < 0 && errno == EAGAIN ? "connected" : "otherwise");
    second();
    CHECK(close(client) == 0);
    return success();
}
