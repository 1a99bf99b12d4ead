// Ordered maps and sets of the standard library, and containers of nodes.
#![allow(dead_code)]
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, LinkedList};

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

fn main() {
    let empty: BTreeMap<i32, i32> = BTreeMap::new();
    let ages: BTreeMap<String, u8> = [(String::from("bob"), 41), (String::from("ann"), 30)].into();
    let points: BTreeMap<u8, Point> = [(7, Point { x: 1, y: 2 })].into();
    let mut emptied: BTreeMap<i32, i32> = [(1, 1)].into();
    emptied.remove(&1);
    let letters: BTreeSet<char> = "tree".chars().collect();
    let none: BTreeSet<u64> = BTreeSet::new();
    let units: BTreeMap<(), ()> = [((), ())].into();
    // Made one by one, and in an order that splits nodes in different places.
    let mut large: BTreeMap<u32, u64> = BTreeMap::new();
    for index in 0..20_000u32 {
        large.insert(index.wrapping_mul(7919) % 20_000, index as u64);
    }
    for index in (0..20_000).step_by(3) {
        large.remove(&index);
    }
    let counted: BTreeSet<u16> = (0..1000).collect();
    let nested: BTreeMap<u8, BTreeSet<u8>> = [(1, BTreeSet::from([2, 3])), (4, BTreeSet::new())].into();
    let heap: BinaryHeap<i32> = [1, 3, 2].into();
    let list: LinkedList<String> = ["one", "two", "three"].into_iter().map(String::from).collect();
    let no_list: LinkedList<u8> = LinkedList::new();
    ready(); // #FULL
    keep((&empty, &ages, &points, &emptied, &letters, &none, &units, &large, &counted, &nested));
    keep((&heap, &list, &no_list));
    ready(); // #AGAIN
    keep((&empty, &ages, &points, &emptied, &letters, &none, &units, &large, &counted, &nested));
    keep((&heap, &list, &no_list));
}
