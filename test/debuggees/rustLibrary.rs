// Values of the standard library's types.
#![allow(dead_code)]
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet, VecDeque};
use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::AtomicU32;
use std::sync::Arc;

struct Point {
    x: i32,
    y: i32,
}

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
fn total(numbers: &[i32], name: &str, words: Vec<String>) -> usize {
    ready(); // #CALLED
    keep((numbers, name, &words));
    numbers.len() + name.len() + words.len()
}

fn main() {
    let text = "hello";
    let string = String::from("h\u{e9}llo");
    let (none, long) = (String::new(), "l".repeat(300));
    let boxed_text: Box<str> = "box".into();
    let mut numbers = vec![1, 2, 3];
    let nothing: Vec<u64> = Vec::new();
    let words = vec![String::from("one"), String::from("two")];
    let points = vec![Point { x: 1, y: 2 }, Point { x: 3, y: 4 }];
    let units = vec![(), ()];
    let nested = vec![vec![1u8], vec![]];
    let mut array = [1u8, 2, 3];
    let (part, bytes) = (&words[1..], &mut array[..]);
    let boxed: Box<[u16]> = vec![1, 2].into();
    let mut queue: VecDeque<i32> = VecDeque::with_capacity(4);
    queue.extend([1, 2, 3, 4]);
    queue.pop_front();
    queue.push_back(5);
    let (folder, os): (PathBuf, OsString) = ("/usr/lib".into(), "os".into());
    let (path, os_text): (&Path, Box<Path>) = (&folder, folder.clone().into());
    let shared = Rc::new(Point { x: 5, y: 6 });
    let watcher = Rc::downgrade(&shared);
    let everywhere = Arc::new(String::from("arc"));
    let (shared_text, shared_numbers): (Rc<str>, Arc<[u16]>) = ("rc".into(), vec![4, 5].into());
    let changing = Rc::new(RefCell::new(Point { x: 7, y: 8 }));
    let lists = Rc::new(RefCell::new(vec![1, 2]));
    let (cell, atomic, positive) = (Cell::new(3), AtomicU32::new(4), NonZeroU32::new(5).unwrap());
    let ages: HashMap<String, i32> = [(String::from("ann"), 30)].into_iter().collect();
    let hashed: HashSet<u16> = (0..300).collect();
    let (some, cow): (Option<String>, Cow<str>) = (Some(String::from("some")), "cow".into());
    let (string_lent, numbers_lent, text_lent) = (&string, &nothing, &text);
    ready(); // #FULL
    keep((&text, &string, &none, &long, &boxed_text, &numbers, &nothing, &words, &points, &units, &nested));
    keep((&part, bytes, &boxed, &queue, &folder, &os, &path, &os_text, &shared, &watcher, &everywhere));
    keep((&shared_text, &shared_numbers, &changing, &lists, &cell, &atomic, &positive, &ages, &hashed));
    keep((&some, &cow, string_lent, numbers_lent, text_lent));
    numbers.push(total(keep(&numbers[..2]), keep(text), keep(words.clone())) as i32);
    ready(); // #AGAIN
    keep((&numbers, &words));
}
