// What holds one value, in the standard library: cells, locks, owners, and pointers to values of which a trait is known.
#![allow(dead_code)]
use std::any::Any;
use std::cell::{Ref, RefCell};
use std::cmp::Reverse;
use std::mem::ManuallyDrop;
use std::num::Wrapping;
use std::ops::{Bound, RangeInclusive};
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, SystemTime};

trait Shape {
    fn area(&self) -> f64;
}

struct Circle {
    radius: f64,
}

struct Square(f64);

#[repr(align(64))]
struct Aligned {
    side: u8,
}

struct Unit;

enum Kind {
    Round { radius: f64 },
    None,
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        self.radius
    }
}

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0
    }
}

impl Shape for Aligned {
    fn area(&self) -> f64 {
        self.side as f64
    }
}

impl Shape for Unit {
    fn area(&self) -> f64 {
        0.0
    }
}

impl Shape for Kind {
    fn area(&self) -> f64 {
        0.0
    }
}

impl Shape for u32 {
    fn area(&self) -> f64 {
        *self as f64
    }
}

impl Shape for Box<dyn Shape> {
    fn area(&self) -> f64 {
        (**self).area()
    }
}

struct Pair(i32, (u8, [Square; 2]));

/// The compiler knows nothing of what is kept.
#[inline(never)]
fn keep<T>(value: T) -> T {
    unsafe { std::arch::asm!("/* {0} */", in(reg) &value) };
    value
}

#[inline(never)]
fn ready() {
    keep(0);
}

#[inline(never)]
fn taken(shape: &dyn Shape, lock: &Mutex<i32>, pair: &Pair) -> f64 {
    ready(); // #CALLED
    keep((shape, lock, pair));
    shape.area()
}

fn locks() {
    let (free, locked) = (Mutex::new(5), Mutex::new(Circle { radius: 1.5 }));
    let guard = locked.lock().unwrap();
    let (unread, one_reads, two_read) = (RwLock::new(6), RwLock::new(7), RwLock::new(8));
    let (reader, first, second) = (one_reads.read().unwrap(), two_read.read().unwrap(), two_read.read().unwrap());
    let written = RwLock::new(String::from("new"));
    let writer = written.write().unwrap();
    let poisoned = Arc::new(Mutex::new(9));
    let other = poisoned.clone();
    std::panic::set_hook(Box::new(|_| {}));
    let _ = std::thread::spawn(move || {
        let _held = other.lock();
        panic!()
    })
    .join();
    let both = RwLock::new(3);
    let _ = std::panic::catch_unwind(|| {
        let _held = both.write();
        panic!()
    });
    let again = both.read().unwrap_err().into_inner();
    ready(); // #LOCKS
    keep((&free, &locked, &guard, &unread, &one_reads, &two_read, &reader, &first, &second));
    keep((&written, &writer, &poisoned, &both, &again));
}

fn cells() {
    let (cell, text) = (RefCell::new(Circle { radius: 3.5 }), RefCell::new(String::from("text")));
    let (borrowed, number) = (cell.borrow(), RefCell::new(4));
    let changing = number.borrow_mut();
    let part = Ref::map(text.borrow(), |whole| &whole[1..]);
    let kept = ManuallyDrop::new(String::from("kept"));
    let (wrapping, reverse) = (Wrapping(3u8), Reverse(Square(4.5)));
    let (pinned, pinned_box) = (Pin::new(&7), Box::pin(Circle { radius: 5.5 }));
    let pair = Pair(1, (2, [Square(6.5), Square(7.5)]));
    let nested = (1, (2u8, ("three", 4.5)));
    let pair_lent = &pair;
    ready(); // #CELLS
    keep((&cell, &borrowed, &number, &changing, &part, &kept, &wrapping, &reverse, &pinned, &pinned_box));
    keep((&pair, &nested, pair_lent));
}

fn owners() {
    let owner = Rc::new(Circle { radius: 1.5 });
    let watcher = Rc::downgrade(&owner);
    let dangling: Weak<i32> = Weak::new();
    let dropped = Rc::downgrade(&Rc::new(4));
    let everywhere = Arc::new(5);
    let (watching, words) = (Arc::downgrade(&everywhere), Rc::<str>::from("words"));
    let words_watched = Rc::downgrade(&words);
    let (half, long, short, tiny) =
        (Duration::from_millis(1500), Duration::from_secs(90), Duration::from_micros(1050), Duration::from_nanos(70));
    let (zero, little) = (Duration::ZERO, Duration::from_nanos(1_001));
    let moment = SystemTime::UNIX_EPOCH + Duration::from_millis(86_400_250);
    let before = SystemTime::UNIX_EPOCH - Duration::from_millis(250);
    let (range, closed, from, to, through) = (1..5, -1..=5i8, 2u64.., ..6, ..=7);
    let mut ended: RangeInclusive<i32> = 1..=1;
    ended.next();
    let letters = 'a'..'c';
    let bound = Bound::Included(3);
    ready(); // #OWNERS
    keep((&owner, &watcher, &dangling, &dropped, &everywhere, &watching, &words, &words_watched));
    keep((&half, &long, &short, &tiny, &zero, &little, &moment, &before));
    keep((&range, &closed, &from, &to, &through, &ended, &letters, &bound));
}

fn objects() {
    let circle: Box<dyn Shape> = Box::new(Circle { radius: 1.5 });
    let number: &dyn Shape = &7u32;
    let shared: Rc<dyn Shape> = Rc::new(Square(2.5));
    let aligned: Arc<dyn Shape + Send + Sync> = Arc::new(Aligned { side: 3 });
    let watcher: Weak<dyn Shape> = Rc::downgrade(&shared);
    let unit: Box<dyn Shape> = Box::new(Unit);
    let kind: Box<dyn Shape> = Box::new(Kind::Round { radius: 4.5 });
    let any: Box<dyn Any + Send> = Box::new(String::from("any"));
    let boxed: Box<dyn Any> = Box::new(Box::new(10u8));
    let step = 5;
    let closure: Box<dyn Fn(i32) -> i32> = Box::new(move |x| x + step);
    let error: Result<(), Box<dyn std::error::Error>> = Err("bad".into());
    let many: Vec<Box<dyn Shape>> = vec![Box::new(Circle { radius: 5.5 }), Box::new(8u32)];
    let cell: Rc<RefCell<dyn Shape>> = Rc::new(RefCell::new(Circle { radius: 6.5 }));
    let aligned_cell: Box<RefCell<dyn Shape>> = Box::new(RefCell::new(Aligned { side: 9 }));
    let lock: Arc<Mutex<dyn Shape + Send>> = Arc::new(Mutex::new(Circle { radius: 7.5 }));
    let mut twice: Box<dyn Shape> = Box::new(Box::new(9u32) as Box<dyn Shape>);
    let raw: *const dyn Shape = &*circle;
    let changed: &mut dyn Shape = &mut twice;
    ready(); // #OBJECTS
    keep((&circle, number, &shared, &aligned, &watcher, &unit, &kind, &any, &closure, &error, &many));
    keep((&cell, raw, changed, &aligned_cell, &lock, &boxed));
    ready(); // #OBJECTS_AGAIN
    keep((&circle, number, &shared, &aligned, &watcher, &unit, &kind, &any, &closure, &error, &many));
    keep((&cell, circle.area() + number.area() + shared.area() + aligned.area() + closure(1) as f64));
    keep(cell.borrow().area() + taken(&*circle, &Mutex::new(3), &Pair(1, (2, [Square(3.5), Square(4.5)]))));
}

fn main() {
    locks();
    cells();
    owners();
    objects();
}
