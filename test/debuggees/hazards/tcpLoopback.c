// stresses: a TCP connection with itself over the loopback, bytes on their way
// positions: markers
#include "hazard.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    char text[10];
    int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    OK(bind(listener, (struct sockaddr *)&address, sizeof address));
    OK(listen(listener, 1));
    OK(getsockname(listener, (struct sockaddr *)&address, &length));
    OK(connect(client, (struct sockaddr *)&address, length));
    int server = accept(listener, NULL, NULL);
    CHECK(server >= 0);
    CHECK(send(client, "abcdef", 6, 0) == 6);
    checkpoint_here();
    CHECK(recv(server, text, 3, MSG_WAITALL) == 3 && memcmp(text, "abc", 3) == 0);
    checkpoint_here();
    CHECK(recv(server, text, 3, MSG_WAITALL) == 3 && memcmp(text, "def", 3) == 0);
    return succeed();
}
