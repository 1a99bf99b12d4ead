// stresses: a thread in accept on a listening socket; another connects later
// positions: markers
#include "hazard.h"
#include <sys/socket.h>
#include <sys/un.h>

static int listener;

static void *serve(void *unused) {
    for (int i = 0; i < 3; i++) {
        char byte;
        int client = accept(listener, NULL, NULL);
        CHECK(client >= 0);
        CHECK(read(client, &byte, 1) == 1 && byte == 'a' + i);
        byte++;
        CHECK(write(client, &byte, 1) == 1);
        OK(close(client));
    }
    return unused;
}

int main(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    socklen_t length = sizeof(sa_family_t);
    CHECK((listener = socket(AF_UNIX, SOCK_STREAM, 0)) >= 0);
    // The kernel chooses an abstract name.
    OK(bind(listener, (struct sockaddr *)&address, length));
    length = sizeof address;
    OK(getsockname(listener, (struct sockaddr *)&address, &length));
    OK(listen(listener, 5));
    pthread_t thread = start(serve, NULL);
    for (int i = 0; i < 3; i++) {
        let_others_block();
        checkpoint_here();
        char byte = (char)('a' + i);
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        OK(connect(client, (struct sockaddr *)&address, length));
        CHECK(write(client, &byte, 1) == 1);
        CHECK(read(client, &byte, 1) == 1 && byte == 'b' + i);
        OK(close(client));
    }
    join(thread);
    return succeed();
}
