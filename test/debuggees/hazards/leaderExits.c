// stresses: a program whose first thread has ended with pthread_exit while others go on
#include "hazard.h"

static pthread_t leader;

static void *go_on(void *unused) {
    (void)unused;
    checkpoint_here();
    join(leader);
    let_others_block();
    checkpoint_here();
    say("the leader has ended");
    checkpoint_here();
    exit(succeed());
}

int main(void) {
    leader = pthread_self();
    start(go_on, NULL);
    let_others_block();
    pthread_exit(NULL);
}
