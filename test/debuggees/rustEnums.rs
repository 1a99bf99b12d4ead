// What Rust's types look like: enums in every encoding, tuples, references.
#![allow(dead_code)]
use std::cmp::Ordering;
use std::convert::Infallible;
use std::num::NonZeroU32;

pub enum Shape {
    Unit,
    Circle { radius: i32 },
    Pair(i32, u8),
}

pub struct Holder {
    kind: Shape,
    id: u32,
}

#[repr(u8)]
pub enum Tagged {
    A(u8),
    B { x: u16 },
    C,
}

#[repr(i8)]
pub enum Signed {
    M(u8),
    P,
}

#[repr(C)]
pub enum LaidOutAsC {
    X(u8),
    Y(u64),
}

pub enum Letter {
    Known(char),
    Missing,
    Other { code: u8 },
}

pub enum Alone {
    Only(u32),
}

pub enum Color {
    Red,
    Green = 5,
}

struct Meters(i32);

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
fn measure(shape: Shape, age: Option<u8>, name: Option<&u32>, limit: Option<u64>) -> i32 {
    let area = match shape {
        Shape::Unit => 0,
        Shape::Circle { radius } => 3 * radius * radius,
        Shape::Pair(width, height) => width * height as i32,
    };
    let sum = area + age.unwrap_or(0) as i32 + limit.map_or(0, |most| most as i32);
    ready(); // #MEASURED
    keep((&shape, age, name, limit));
    sum
}

fn kinds(five: &u32) {
    let unit = Shape::Unit;
    let circle = Shape::Circle { radius: 2 };
    let pair = Shape::Pair(1, 2);
    let holder = Holder { kind: Shape::Circle { radius: 7 }, id: 9 };
    let (tag_a, tag_b, tag_c) = (Tagged::A(1), Tagged::B { x: 5 }, Tagged::C);
    let (signed, plain) = (Signed::M(1), Signed::P);
    let (laid_x, laid_y) = (LaidOutAsC::X(3), LaidOutAsC::Y(4));
    let (known, missing, other) = (Letter::Known('x'), Letter::Missing, Letter::Other { code: 4 });
    let alone = Alone::Only(9);
    let certain: Result<u32, Infallible> = Ok(3);
    let color = Color::Green;
    let maybe_color = Some(Color::Red);
    let less = Some(Ordering::Less);
    let (byte, no_byte): (Option<u8>, Option<u8>) = (Some(3), None);
    let huge: Option<u128> = Some(7);
    let (reference, no_reference): (Option<&u32>, Option<&u32>) = (Some(five), None);
    let (boxed, no_box): (Option<Box<u32>>, Option<Box<u32>>) = (Some(Box::new(3)), None);
    let no_number = NonZeroU32::new(0);
    let (twice, half, never): (Option<Option<bool>>, Option<Option<bool>>, Option<Option<bool>>) =
        (Some(Some(true)), Some(None), None);
    let (letter, no_letter): (Option<char>, Option<char>) = (Some('é'), None);
    let done: Result<(), Shape> = Ok(());
    let failed: Result<(), Shape> = Err(Shape::Pair(3, 4));
    let future = async { std::future::ready(five).await };
    ready(); // #KINDS
    keep((&unit, &circle, &pair, &holder, &tag_a, &tag_b, &tag_c, &signed, &plain, &laid_x));
    keep((&laid_y, &known, &missing, &other, &alone));
    keep((&certain, &color, &maybe_color, &less, &byte, &no_byte, &huge, &reference));
    keep((&no_reference, &boxed, &no_box, &no_number, &twice, &half, &never, &letter));
    keep((&no_letter, &done, &failed, &future));
}

fn others(five: &u32) {
    let tuple = (1, 'x', true);
    let nested = ((1u8, 2u8), Some((3, 'y')));
    let meters = Meters(5);
    let nothing = ();
    let array = &[1, 2, 3, 4];
    let raw: *const u32 = five;
    let function: fn(&u32) = kinds;
    let mut shape = Shape::Pair(1, 2);
    ready(); // #OTHERS
    keep((&tuple, &nested, &meters, &nothing, array, raw, function, &shape));
    shape = Shape::Pair(1, 3);
    ready(); // #SAME_VARIANT
    keep(&shape);
    shape = Shape::Circle { radius: 8 };
    ready(); // #OTHER_VARIANT
    keep(&shape);
}

fn main() {
    let five = 5;
    kinds(&five);
    others(&five);
    let shapes = [Shape::Circle { radius: 2 }, Shape::Pair(3, 4), Shape::Unit];
    let names = [Some(&five), None, Some(&five)];
    for (shape, name) in shapes.into_iter().zip(names) {
        let age = name.map(|number| *number as u8);
        keep(measure(shape, keep(age), name, keep(Some(7))));
    }
}
