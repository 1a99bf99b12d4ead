// The part of traffic.c that goes in messages: pipes, sockets, queued signals, descriptors on their way.
// Numbers through a pair of ends as fast as they go.
struct line {
    int ends[2];
    volatile long *passed;
};

static void *send_all(void *argument) {
    struct line *line = argument;
    for (int number = 0;; number++)
        send_number(line->ends[1], number);
    return NULL;
}

static void *receive_all(void *argument) {
    struct line *line = argument;
    for (int expected = 0;; expected++) {
        CHECK(receive_number(line->ends[0]) == expected);
        ++*line->passed;
        turn_done();
    }
    return NULL;
}

static void start_line(struct line *line) {
    start(receive_all, line);
    start(send_all, line);
}

static void start_sockets(int type, volatile long *passed) {
    struct line *line = calloc(1, sizeof *line);
    line->passed = passed;
    OK(socketpair(AF_UNIX, type, 0, line->ends));
    start_line(line);
}

static void start_streams(void) { start_sockets(SOCK_STREAM, &streams); }
static void start_datagrams(void) { start_sockets(SOCK_DGRAM, &datagrams); }

static void start_packets(void) {
    static struct line line = {.passed = &packets};
    OK(pipe2(line.ends, O_DIRECT));
    start_line(&line);
}

// A connection with itself: each number is answered before the next one is sent.
static int client, server;

static void *ask(void *unused) {
    for (int number = 0;; number++) {
        send_number(client, number);
        CHECK(receive_number(client) == number);
        connections++;
        turn_done();
    }
    return unused;
}

static void *answer(void *unused) {
    for (int expected = 0;; expected++) {
        CHECK(receive_number(server) == expected);
        send_number(server, expected);
    }
    return unused;
}

static void start_connections(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    client = socket(AF_INET, SOCK_STREAM, 0);
    OK(bind(listener, (struct sockaddr *)&address, size));
    OK(listen(listener, 1));
    OK(getsockname(listener, (struct sockaddr *)&address, &size));
    OK(connect(client, (struct sockaddr *)&address, size));
    server = accept(listener, NULL, NULL);
    CHECK(server >= 0);
    start(ask, NULL);
    start(answer, NULL);
}

// Signals with numbers, taken from a descriptor.
static sem_t in_flight;

static void *queue_numbers(void *unused) {
    for (int number = 0;; number++) {
        OK(RETRY(sem_wait(&in_flight)));
        // ESRCH: a restart with other ids came between the reading of the id and the call.
        int result;
        do
            result = sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = number});
        while (result != 0 && errno == ESRCH);
        OK(result);
    }
    return unused;
}

static void *read_signals(void *unused) {
    sigset_t set = set_of(SIGRTMIN + 1);
    int descriptor = signalfd(-1, &set, 0);
    struct signalfd_siginfo info;
    for (int expected = 0;; expected++) {
        CHECK(RETRY(read(descriptor, &info, sizeof info)) == sizeof info && info.ssi_int == expected);
        queued++;
        OK(sem_post(&in_flight));
    }
    return unused;
}

static void start_queued(void) {
    OK(sem_init(&in_flight, 0, 3));
    start(read_signals, NULL);
    start(queue_numbers, NULL);
}

// Descriptors that are sent, each at an offset of its own.
static int senders[2];

union control {
    struct cmsghdr head;
    char space[CMSG_SPACE(sizeof(int))];
};

static void *send_rights(void *unused) {
    for (off_t number = 0;; number++) {
        char byte = 1;
        int file = open("/proc/self/exe", O_RDONLY);
        struct iovec part = {&byte, 1};
        union control control = {.head = {CMSG_LEN(sizeof file), SOL_SOCKET, SCM_RIGHTS}};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        memcpy(CMSG_DATA(&control.head), &file, sizeof file);
        CHECK(lseek(file, number, SEEK_SET) == number);
        CHECK(RETRY(sendmsg(senders[1], &message, 0)) == 1);
        OK(close(file));
    }
    return unused;
}

static void *receive_rights(void *unused) {
    for (off_t expected = 0;; expected++) {
        char byte;
        int file;
        struct iovec part = {&byte, 1};
        union control control;
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
        CHECK(RETRY(recvmsg(senders[0], &message, 0)) == 1 && CMSG_FIRSTHDR(&message) != NULL);
        memcpy(&file, CMSG_DATA(&control.head), sizeof file);
        CHECK(lseek(file, 0, SEEK_CUR) == expected);
        CHECK(read(file, &byte, 1) >= 0);
        OK(close(file));
        rights++;
    }
    return unused;
}

static void start_rights(void) {
    OK(socketpair(AF_UNIX, SOCK_STREAM, 0, senders));
    start(receive_rights, NULL);
    start(send_rights, NULL);
}
