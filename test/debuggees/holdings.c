// Holds one thing that no restart brings back, or not as it was, by its argument; exits with 3 where it is
// not to be had.
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

static int set = -1, queue = -1, segment = -1;

__attribute__((noinline)) void marked(void) { __asm__ volatile(""); }

static int have(long result) {
    if (result >= 0)
        return (int)result;
    perror("not to be had");
    exit(3);
}

static void semaphore(void) {
    set = have(semget(IPC_PRIVATE, 2, 0600));
    struct sembuf raise = {1, 2, SEM_UNDO};
    have(semop(set, &raise, 1));
}

static void message(void) {
    struct {
        long type;
        char text[4];
    } message = {1, "one"};
    queue = have(msgget(IPC_PRIVATE, 0600));
    have(msgsnd(queue, &message, sizeof message.text, 0));
}

static void detached(void) {
    segment = have(shmget(IPC_PRIVATE, 4096, 0600));
    shmdt(shmat(segment, NULL, 0));
}

static void keyring(void) {
    have(syscall(SYS_add_key, "user", "forkpoint", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static void lease(void) {
    char name[] = "/tmp/forkpoint-XXXXXX";
    close(have(mkstemp(name)));
    int file = have(open(name, O_RDONLY));
    have(fcntl(file, F_SETLEASE, F_RDLCK));
    unlink(name);
}

static volatile char *page;

static void huge(void) {
    void *memory =
        mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
    have(memory == MAP_FAILED ? -1 : 0);
    page = memory;
    page[0] = 1;
}

static void terminal(void) { have(posix_openpt(O_RDWR | O_NOCTTY)); }

static void descriptors(void) { have(unshare(CLONE_FILES)); }
static void folder(void) { have(unshare(CLONE_FS)); }
static void user(void) { have(syscall(SYS_setresuid, 1, 1, 0)); }
static void host(void) { have(unshare(CLONE_NEWUTS)); }

static void rights(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3];
    have(syscall(SYS_capget, &header, held));
    held[0].effective &= ~CAP_TO_MASK(CAP_CHOWN);
    have(syscall(SYS_capset, &header, held));
}

static void filter(void) {
    struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {1, allow};
    have(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
    have(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}

static const struct holding {
    const char *name;
    void (*get)(void);
    int in_thread;
} holdings[] = {
    {"semaphore", semaphore, 0}, {"message", message, 0}, {"detached", detached, 0},
    {"keyring", keyring, 0},     {"lease", lease, 0},     {"terminal", terminal, 0},
    {"files", descriptors, 1},   {"folder", folder, 1},   {"user", user, 1},
    {"filter", filter, 1},       {"rights", rights, 1},   {"host", host, 1},
    {"huge", huge, 0},
};

static int is_there;

static void *thread(void *holding) {
    ((const struct holding *)holding)->get();
    __atomic_store_n(&is_there, 1, __ATOMIC_SEQ_CST);
    for (;;)
        pause();
    return NULL;
}

static void hold(const struct holding *holding) {
    pthread_t other;
    if (!holding->in_thread) {
        holding->get();
        return;
    }
    pthread_create(&other, NULL, thread, (void *)holding);
    while (!__atomic_load_n(&is_there, __ATOMIC_SEQ_CST))
        usleep(1000);
}

int main(int argc, char **argv) {
    for (size_t i = 0; argc > 1 && i < sizeof holdings / sizeof *holdings; i++)
        if (strcmp(argv[1], holdings[i].name) == 0)
            hold(&holdings[i]);
    marked();
    if (page != NULL && page[0]++ != 1)
        return 1;
    if (set >= 0)
        semctl(set, 0, IPC_RMID);
    if (queue >= 0)
        msgctl(queue, IPC_RMID, NULL);
    if (segment >= 0)
        shmctl(segment, IPC_RMID, NULL);
    puts("EXIT-SUCCESS");
    return 0;
}
