import threading, queue, hashlib, os, sys, time
q = queue.Queue(); out = []; lock = threading.Lock()
def work(n):
    while True:
        item = q.get()
        if item is None: break
        h = hashlib.sha256(str(item).encode() * 50).hexdigest()
        with lock: out.append((item, h[:8]))
        time.sleep(0.001)
ts = [threading.Thread(target=work, args=(i,)) for i in range(4)]
[t.start() for t in ts]
for i in range(300): q.put(i)
for t in ts: q.put(None)
[t.join() for t in ts]
print(len(out), hashlib.sha256(repr(sorted(out)).encode()).hexdigest()[:16])
print("EXIT-SUCCESS")
