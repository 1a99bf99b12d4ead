// Listens, serves who is there, and closes its port. Arguments: shared (a child listens as well), network (one of
// its own), accepted (somebody's connection is there, and stays).
#define _GNU_SOURCE
#include "descriptorCheck.h"
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

// The clients' ends are closed first, so that nothing stays at the port.
static int serve(int listener, const struct sockaddr_in *name) {
    int servers[8], served = 0, client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (const void *)name, sizeof *name) != 0)
        printf("%s, ", strerror(errno));
    while (served < 8 && (servers[served] = accept(listener, NULL, NULL)) >= 0)
        served++;
    close(client);
    for (int i = 0; i < served; i++)
        close(servers[i]);
    return served;
}

int main(int count, char **arguments) {
    const char *how = count > 1 ? arguments[1] : "";
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof name;
    int is_apart = strcmp(how, "network") == 0;
    CHECK(!is_apart || unshare(CLONE_NEWNET) == 0);
    if (is_apart)
        name.sin_addr.s_addr = htonl(INADDR_ANY);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(listener >= 0 && bind(listener, (void *)&name, size) == 0 && listen(listener, 5) == 0);
    CHECK(getsockname(listener, (void *)&name, &size) == 0);
    printf("port %d\n", ntohs(name.sin_port));
    fflush(stdout);
    pid_t child = strcmp(how, "shared") == 0 ? fork() : 0;
    if (child == 0 && strcmp(how, "shared") == 0) {
        pause();
        _exit(0);
    }
    if (strcmp(how, "accepted") == 0)
        while (accept(listener, NULL, NULL) < 0)
            CHECK(errno == EAGAIN);
    first();
    if (is_apart) {
        // Its loopback is down: it is enough that the address is taken, and by a socket of this network.
        int other = socket(AF_INET, SOCK_STREAM, 0), value = 0;
        socklen_t length = sizeof value;
        CHECK(bind(other, (void *)&name, sizeof name) != 0 && errno == EADDRINUSE);
        CHECK(getsockopt(listener, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value == 1);
    } else {
        printf("served %d\n", serve(listener, &name));
    }
    fflush(stdout);
    CHECK(close(listener) == 0);
    second();
    if (child > 0)
        kill(child, SIGKILL);
    return success();
}
