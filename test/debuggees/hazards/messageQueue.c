// stresses: a POSIX message queue
// expects: notRestored message queues: a message that was taken out is gone
#include "hazard.h"
#include <mqueue.h>

int main(void) {
    struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 16};
    char name[40], text[16];
    snprintf(name, sizeof name, "/hazard-%d", getpid());
    mqd_t queue = mq_open(name, O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attributes);
    CHECK(queue >= 0);
    OK(mq_unlink(name));
    OK(mq_send(queue, "one", 4, 1));
    checkpoint_here();
    CHECK(mq_receive(queue, text, sizeof text, NULL) == 4);
    return succeed();
}
