// stresses: Rust's threads: channels, scoped threads, Mutex and Condvar, park and unpark, a panic that is caught
// builds: rust
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;
use std::time::{Duration, Instant};

#[no_mangle]
pub static places_reached: AtomicI32 = AtomicI32::new(0);

#[no_mangle]
#[inline(never)]
pub extern "C" fn checkpoint_here() {
    places_reached.fetch_add(1, Ordering::SeqCst);
}

fn channels() {
    let (to, from) = mpsc::channel::<i64>();
    let (back, answers) = mpsc::sync_channel::<i64>(1);
    let worker = thread::spawn(move || {
        for number in from {
            if number % 5 == 0 {
                checkpoint_here();
            }
            back.send(number * number).unwrap();
        }
    });
    for number in 1..=10 {
        to.send(number).unwrap();
    }
    drop(to);
    let sum: i64 = answers.iter().sum();
    assert_eq!(sum, 385);
    worker.join().unwrap();
}

fn turns() {
    let shared = Arc::new((Mutex::new(0), Condvar::new()));
    let values = RwLock::new(vec![0; 3]);
    let barrier = Barrier::new(3);
    thread::scope(|scope| {
        for mine in 0..3 {
            let (shared, values, barrier) = (shared.clone(), &values, &barrier);
            scope.spawn(move || {
                let (turn, changed) = &*shared;
                for round in 0..4 {
                    let mut turn = changed.wait_while(turn.lock().unwrap(), |turn| *turn % 3 != mine).unwrap();
                    if round == 2 {
                        checkpoint_here();
                    }
                    *turn += 1;
                    values.write().unwrap()[mine] += 1;
                    changed.notify_all();
                }
                barrier.wait();
                assert_eq!(*values.read().unwrap(), vec![4, 4, 4]);
            });
        }
    });
}

fn parking() {
    let begin = Instant::now();
    let sleeper = thread::spawn(move || {
        thread::park_timeout(Duration::from_secs(3600));
        thread::sleep(Duration::from_millis(10));
        assert!(begin.elapsed() >= Duration::from_millis(10));
    });
    thread::sleep(Duration::from_millis(3));
    checkpoint_here();
    sleeper.thread().unpark();
    sleeper.join().unwrap();
}

fn panics() {
    std::panic::set_hook(Box::new(|_| checkpoint_here()));
    let failed = thread::spawn(|| panic!("on purpose")).join();
    assert_eq!(*failed.unwrap_err().downcast::<&str>().unwrap(), "on purpose");
    let _ = std::panic::take_hook();
}

fn main() {
    channels();
    turns();
    parking();
    panics();
    println!("EXIT-SUCCESS");
}
