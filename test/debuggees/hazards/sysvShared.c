// stresses: System V shared memory that is removed already and lives as long as somebody has it
#include "hazard.h"
#include <sys/ipc.h>
#include <sys/shm.h>

int main(void) {
    struct shmid_ds status;
    int memory = shmget(IPC_PRIVATE, 8192, 0600);
    int *area = shmat(memory, NULL, 0);
    CHECK(area != (void *)-1);
    OK(shmctl(memory, IPC_RMID, NULL));
    for (int round = 0; round < 3; round++) {
        checkpoint_here();
        CHECK(area[1024]++ == round);
    }
    OK(shmctl(memory, IPC_STAT, &status));
    CHECK(status.shm_segsz == 8192);
    OK(shmdt(area));
    checkpoint_here();
    return succeed();
}
