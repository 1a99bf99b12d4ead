const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
const crypto = require("crypto");
if (isMainThread) {
  let sum = 0,
    done = 0;
  for (let i = 0; i < 3; i++) {
    const w = new Worker(__filename, { workerData: i });
    w.on("message", (m) => {
      sum += m;
    });
    w.on("exit", () => {
      if (++done === 3) {
        crypto.pbkdf2("a", "b", 20000, 16, "sha256", (e, k) => {
          console.log(sum, k.toString("hex"));
          console.log("EXIT-SUCCESS");
        });
      }
    });
  }
} else {
  let s = 0;
  for (let r = 0; r < 40; r++) {
    for (let i = 0; i < 300000; i++) s = (s * 31 + i + workerData) % 1000003;
    parentPort.postMessage(s);
  }
}
