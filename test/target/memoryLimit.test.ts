/** What the files of control groups say of memory, in the layouts of both versions (the kernel's cgroup-v2 and cgroup-v1/memory). */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { roomLeftBy } from "../../adapter/target/ptrace/copies/memoryLimit";

const MIB = 1 << 20;

/** memory.stat of the second version, in its order; what the kernel can take back at once is files' cache. */
const stat = (inactive: number, active: number): string =>
  `anon 415236096
file 33554432
kernel 4194304
kernel_stack 98304
pagetables 1069056
sec_pagetables 0
percpu 4608
sock 0
vmalloc 0
shmem 8388608
zswap 0
zswapped 0
file_mapped 4096
file_dirty 0
file_writeback 0
swapcached 0
anon_thp 209715200
file_thp 0
shmem_thp 0
inactive_anon 415100928
active_anon 135168
inactive_file ${inactive}
active_file ${active}
unevictable 0
slab_reclaimable 1501960
slab_unreclaimable 592208
slab 2094168
workingset_refault_anon 0
workingset_refault_file 12
pgfault 104025
pgmajfault 3
`;

function withGroups(groups: Readonly<Record<string, string>>, body: (mount: string) => void): void {
  const mount = mkdtempSync("/tmp/forkpoint-");
  try {
    for (const [name, text] of Object.entries(groups)) {
      mkdirSync(path.dirname(path.join(mount, name)), { recursive: true });
      writeFileSync(path.join(mount, name), text);
    }
    body(mount);
  } finally {
    rmSync(mount, { recursive: true });
  }
}

test("of the second version's groups, the one with the least room counts, with its cache of files", () => {
  const scope = "user.slice/user-1000.slice/session-2.scope";
  const groups = {
    // The root has no limit, and no such file.
    "memory.stat": stat(0, 0),
    "user.slice/memory.max": "max\n",
    "user.slice/memory.current": `${900 * MIB}\n`,
    "user.slice/memory.stat": stat(0, 0),
    "user.slice/user-1000.slice/memory.max": `${512 * MIB}\n`,
    "user.slice/user-1000.slice/memory.current": `${500 * MIB}\n`,
    "user.slice/user-1000.slice/memory.stat": stat(6 * MIB, 2 * MIB),
    [`${scope}/memory.max`]: `${1024 * MIB}\n`,
    [`${scope}/memory.current`]: `${490 * MIB}\n`,
    [`${scope}/memory.stat`]: stat(MIB, 0),
  };
  withGroups(groups, (mount) => {
    assert.equal(roomLeftBy(`0::/${scope}\n`, mount), 20 * MIB);
    assert.equal(roomLeftBy("0::/user.slice\n", mount), undefined);
    assert.equal(roomLeftBy("0::/\n", mount), undefined);
    assert.equal(roomLeftBy("0::/gone (deleted)\n", mount), undefined);
    assert.equal(roomLeftBy("", mount), undefined);
  });
});

test("in a namespace of its own a group's files are those of the root", () => {
  const groups = {
    "memory.max": `${64 * MIB}\n`,
    "memory.current": `${64 * MIB}\n`,
    "memory.stat": stat(0, 4096),
  };
  withGroups(groups, (mount) => assert.equal(roomLeftBy("0::/\n", mount), 4096));
});

test("of the first version, each group says what all below it have", () => {
  const groups = {
    "memory/memory.limit_in_bytes": "9223372036854771712\n",
    "memory/build/memory.limit_in_bytes": `${100 * MIB}\n`,
    "memory/build/memory.usage_in_bytes": `${99 * MIB}\n`,
    "memory/build/memory.stat":
      "cache 1\ninactive_file 7\nactive_file 7\ntotal_inactive_file 4096\ntotal_active_file 8192\n",
  };
  withGroups(groups, (mount) => {
    const lines = "12:pids:/build\n4:cpuset,memory:/build/job\n1:name=systemd:/\n0::/\n";
    assert.equal(roomLeftBy(lines, mount), MIB + 12_288);
    assert.equal(roomLeftBy("4:memory:/\n0::/\n", mount), undefined);
  });
});
