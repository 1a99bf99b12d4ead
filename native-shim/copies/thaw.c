/* A live process made of a frozen one: its memory by a clone, its threads by more of them, and what they had.
 */
#include "freeze.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Offsets that the child puts back itself; the rest takes further runs. */
#define AT_ONCE 256

/* Whether the kernel only refuses to give the id that was asked for. */
static int is_refusal(int64_t result) {
    return result == -EPERM || result == -EEXIST || result == -EINVAL || result == -ENOSYS;
}

/* What the frozen process's thread is asked, and its child after it. */
struct order {
    uint64_t calls[3][8];
    struct clone_args arguments;
    uint64_t id;
    struct fp_slot slot;
    uint8_t seeks[AT_ONCE * FP_DESCRIPTOR_SIZE];
};

/* As many as the scratch memory has room for. */
static int32_t seeks_at_once(const struct fp_site *site, const struct fp_thaw *thaw) {
    const int32_t room = (int32_t)site->size - FP_AREA_HEAD - (int32_t)offsetof(struct order, seeks);
    const int32_t fit = room > 0 ? room / FP_DESCRIPTOR_SIZE : 0;
    const int32_t most = fit < AT_ONCE ? fit : AT_ONCE;
    return thaw->seek_count < most ? thaw->seek_count : most;
}

static void make_order(struct order *order, const struct fp_site *site, uint64_t flags, pid_t id,
                       int32_t some, const struct fp_thaw *thaw) {
    const uint64_t base = site->scratch + FP_AREA_HEAD;
    const uint64_t child_tid = thaw->leader_gone ? 0 : fp_slot_of(thaw->records)->tid_address;
    flags |= child_tid ? CLONE_CHILD_CLEARTID : 0;
    /* Where the C library keeps its id: joins and locks go by it. */
    flags |= child_tid && !id && fp_keeps_id(thaw->records, site->memory) ? CLONE_CHILD_SETTID : 0;
    const uint64_t plain[8] = {SYS_clone, flags, 0, 0, child_tid};
    const uint64_t extended[8] = {SYS_clone3, base + offsetof(struct order, arguments),
                                  sizeof order->arguments};
    const uint64_t seek[8] = {FP_DO_SEEK, base + offsetof(struct order, seeks), (uint64_t)some};
    const uint64_t restore[8] = {FP_DO_RESTORE, base + offsetof(struct order, slot)};
    memcpy(order->calls[0], id ? extended : plain, sizeof plain);
    memcpy(order->calls[1], seek, sizeof seek);
    memcpy(order->calls[2], restore, sizeof restore);
    order->arguments = (struct clone_args){.flags = flags,
                                           .child_tid = child_tid,
                                           .set_tid = base + offsetof(struct order, id),
                                           .set_tid_size = 1};
    order->id = (uint32_t)id;
    if (!thaw->leader_gone)
        order->slot = *fp_slot_of(thaw->records);
    memcpy(order->seeks, thaw->seeks, (size_t)some * FP_DESCRIPTOR_SIZE);
}

/*
 * Clones the frozen process, with an id or (0) with any. The child sets the leader's own state and as many
 * offsets as there is room for. Its memory is left open in the site.
 */
static int64_t clone_frozen(pid_t frozen, struct fp_site *site, pid_t id, const struct fp_thaw *thaw) {
    struct fp_area area;
    struct order order;
    const int32_t some = seeks_at_once(site, thaw);
    const size_t size = offsetof(struct order, seeks) + (size_t)some * FP_DESCRIPTOR_SIZE;
    const uint64_t base = site->scratch + FP_AREA_HEAD;
    make_order(&order, site, (thaw->child ? 0 : CLONE_PARENT) | CLONE_PTRACE, id, some, thaw);
    struct fp_copying copying = {.table = base,
                                 .count = 1,
                                 .more = thaw->leader_gone ? 1 : 2,
                                 .payload = (uint8_t *)&order,
                                 .size = size};
    int64_t result = fp_area_open(&area, (const uint8_t *)site, &order, size);
    if (result == 0)
        result = fp_copy_process(frozen, &area, &copying);
    if (result <= 0)
        return result;
    site->memory = copying.memory;
    if (thaw->leader_gone || (int64_t)order.calls[2][7] >= 0)
        return result;
    fp_kill((int32_t)result, 1);
    fp_close(site->memory);
    return (int64_t)order.calls[2][7] == -EINVAL ? -EIO : (int64_t)order.calls[2][7];
}

/*
 * Whether a process can be allowed to choose the ids of what it clones (clone(2), set_tid). The kernel copies
 * all the memory before it refuses. The right is asked for in the user namespace of the pid namespace, so
 * that it may still refuse.
 */
static int may_choose_ids(pid_t pid) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = pid};
    struct __user_cap_data_struct held[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, held) != 0)
        return 1;
    return (held[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0 ||
           (held[CAP_TO_INDEX(CAP_CHECKPOINT_RESTORE)].effective & CAP_TO_MASK(CAP_CHECKPOINT_RESTORE)) != 0;
}

static int64_t clone_process(pid_t frozen, struct fp_site *site, const struct fp_thaw *thaw,
                             int32_t *refused) {
    struct fp_site with_id = *site;
    int64_t result = -EPERM;
    if (thaw->same_ids && may_choose_ids(frozen))
        result = clone_frozen(frozen, &with_id, thaw->process_id, thaw);
    if (!is_refusal(result)) {
        *site = with_id;
        return result;
    }
    *refused = thaw->same_ids ? (int32_t)result : 0;
    return clone_frozen(frozen, site, 0, thaw);
}

/* Has the frozen process itself set what its leader had. It keeps its own id, which goes where the old one
 * stands. */
static int64_t wake(pid_t frozen, struct fp_site *site, const struct fp_thaw *thaw) {
    struct fp_area area;
    struct order order;
    const int32_t some = seeks_at_once(site, thaw);
    const size_t size = offsetof(struct order, seeks) + (size_t)some * FP_DESCRIPTOR_SIZE;
    const uint64_t place = thaw->leader_gone ? 0 : fp_slot_of(thaw->records)->tid_address;
    const uint64_t first[8] = {SYS_set_tid_address, place};
    const int keeps_id = place != 0 && fp_keeps_id(thaw->records, site->memory);
    make_order(&order, site, 0, 0, some, thaw);
    memcpy(order.calls[0], first, sizeof first);
    int64_t result = fp_area_open(&area, (const uint8_t *)site, &order, size);
    if (result != 0)
        return result;
    struct user_regs_struct registers = {.r12 = fp_payload(&area), .r13 = thaw->leader_gone ? 2 : 3};
    result = fp_remote_run(frozen, &area, fp_agent_calls, &registers);
    if (result == 0)
        result = fp_area_read(&area, &order, size);
    int closed = fp_area_close(&area);
    const int32_t id = (int32_t)order.calls[0][7];
    if (result == 0 && !thaw->leader_gone && (int64_t)order.calls[2][7] < 0)
        result = (int64_t)order.calls[2][7];
    if (result == 0 && keeps_id && pwrite(site->memory, &id, sizeof id, (off_t)place) != sizeof id)
        result = -EFAULT;
    result = result != 0 ? result : closed;
    return result != 0 ? result : frozen;
}

/* The records of the threads beside the leader. */
static int64_t build(pid_t pid, const struct fp_site *place, const struct fp_thaw *thaw, int same_ids) {
    const uint8_t *site = (const uint8_t *)place;
    const int32_t sought = seeks_at_once(place, thaw);
    const int32_t leader = thaw->leader_gone ? 0 : 1;
    uint8_t *others = thaw->records + (size_t)leader * (size_t)thaw->stride;
    const int32_t count = thaw->count - leader;
    if (leader)
        memcpy(thaw->records + 4, &pid, sizeof pid);
    const int32_t flags = (same_ids ? FP_BUILD_SAME_IDS : 0) | (thaw->other_ids ? FP_BUILD_OTHER_IDS : 0);
    int64_t result =
        fp_build_threads(pid, site, others, count, thaw->stride, flags, leader ? thaw->records : NULL);
    if (result == 0 && thaw->seek_count > sought)
        result = fp_set_offsets(pid, site, thaw->seeks + (size_t)sought * FP_DESCRIPTOR_SIZE,
                                thaw->seek_count - sought);
    if (result == 0 && leader)
        result = fp_dress_thread(thaw->records);
    return result;
}

static int64_t thaw_process(pid_t frozen, struct fp_site *site, const struct fp_thaw *thaw,
                            int32_t *refused) {
    int64_t memory = fp_open_memory(frozen);
    if (memory < 0)
        return memory;
    site->memory = (int32_t)memory;
    /* The events of its clones tell the ids that the tracer knows. */
    if (thaw->other_ids)
        fp_set_options(frozen, 1);
    int64_t pid = thaw->in_place ? wake(frozen, site, thaw) : clone_process(frozen, site, thaw, refused);
    if (thaw->other_ids && !thaw->in_place)
        fp_set_options(frozen, 0);
    if (pid < 0 || !thaw->in_place)
        fp_close((int32_t)memory);
    if (pid < 0)
        return pid;
    /* Who may not choose the process's id may not choose a thread's. */
    const int same_ids = thaw->same_ids && *refused != -EPERM && *refused != -ENOSYS;
    int64_t result = build((pid_t)pid, site, thaw, same_ids);
    if (result == 0)
        return pid;
    fp_kill_threads((pid_t)pid, thaw->records, thaw->count, thaw->stride);
    fp_close(site->memory);
    return result;
}

FP_EXPORT int64_t fp_thaw(int32_t frozen, uint8_t *site, int32_t process_id, uint8_t *records, int32_t count,
                          int32_t stride, int32_t flags, const uint8_t *seeks, int32_t seek_count,
                          uint8_t *refused) {
    struct fp_site place;
    int32_t why = 0;
    memcpy(&place, site, sizeof place);
    const struct fp_thaw thaw = {.process_id = process_id,
                                 .records = records,
                                 .count = count,
                                 .stride = stride,
                                 .same_ids = flags & 1,
                                 .leader_gone = (flags & 2) != 0,
                                 .other_ids = (flags & 4) != 0,
                                 .child = (flags & 8) != 0,
                                 .in_place = (flags & 16) != 0,
                                 .seeks = seeks,
                                 .seek_count = seek_count};
    int64_t result = thaw_process(frozen, &place, &thaw, &why);
    memcpy(site, &place, sizeof place);
    memcpy(refused, &why, sizeof why);
    return result;
}
