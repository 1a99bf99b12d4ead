// Calls of Rust's own convention, values that only what they are given to tells, and what operators do with references and arrays.
#![allow(clippy::all, unused_assignments, dead_code)]
use std::collections::{BTreeSet, HashSet};

/// The compiler knows nothing of what comes out of here.
#[inline(never)]
fn black_box<T>(value: T) -> T {
    unsafe { std::arch::asm!("/* {0} */", in(reg) &value) };
    value
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Shape {
    Dot,
    Circle(f64),
    Rect { w: i32, h: i32 },
}
#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
}
struct Meters(f32, u8);
#[derive(Clone, Copy)]
#[repr(align(8))]
struct Aligned(f32, f32);
#[derive(Clone, Copy)]
#[repr(packed)]
struct Packed(f32, f32);
union Either {
    whole: u32,
    real: f32,
}

#[inline(never)]
fn text_length(text: &str) -> usize {
    black_box(text).len()
}
#[inline(never)]
fn sum_bytes(bytes: &[u8], first: u8, three: &[u8; 3]) -> u32 {
    black_box(bytes).iter().map(|b| *b as u32).sum::<u32>() + first as u32 * 1000 + three[2] as u32 * 1_000_000
}
#[inline(never)]
fn owned(text: String) -> usize {
    black_box(text).len()
}
#[inline(never)]
fn pair(p: (i32, u8)) -> i32 {
    black_box(p).0 * 10 + p.1 as i32
}
#[inline(never)]
fn nested_pair(p: ((i32, u8), i32)) -> i32 {
    black_box(p).0.0 * 100 + p.0.1 as i32 * 10 + p.1
}
#[inline(never)]
fn make_pair(a: i32) -> (i32, u8) {
    (black_box(a) + 1, a as u8)
}
#[inline(never)]
fn make_floats(a: f32) -> (f32, f32) {
    (black_box(a) + 1.0, a)
}
#[inline(never)]
fn make_three(a: f32) -> [f32; 3] {
    [black_box(a), a + 1.0, a + 2.0]
}
#[inline(never)]
fn or_none(o: Option<i32>) -> i32 {
    black_box(o).unwrap_or(-1)
}
#[inline(never)]
fn above_five(a: i32) -> Option<i32> {
    if black_box(a) > 5 { Some(a) } else { None }
}
#[inline(never)]
fn sum_four(a: [u8; 4]) -> u32 {
    black_box(a).iter().map(|x| *x as u32).sum()
}
#[inline(never)]
fn sum_three(a: [u32; 3]) -> u32 {
    black_box(a).iter().sum()
}
#[inline(never)]
fn sum_large(a: [u64; 4]) -> u64 {
    black_box(a).iter().sum()
}
#[inline(never)]
fn of_point(p: Point) -> i32 {
    black_box(p).x * 100 + p.y
}
#[inline(never)]
fn of_floats(p: (f32, f32)) -> f32 {
    black_box(p).0 * 10.0 + p.1
}
#[inline(never)]
fn of_mixed(p: (f64, i32)) -> f64 {
    black_box(p).0 * 10.0 + p.1 as f64
}
#[inline(never)]
fn of_meters(m: Meters) -> f32 {
    black_box(&m).0 + m.1 as f32
}
#[inline(never)]
fn of_aligned(a: Aligned) -> f32 {
    black_box(a).0 * 10.0 + a.1
}
#[inline(never)]
fn of_packed(a: Packed) -> f32 {
    { black_box(a).0 * 10.0 + a.1 }
}
#[inline(never)]
fn make_aligned(a: f32) -> Aligned {
    Aligned(black_box(a), a + 1.0)
}
#[repr(C)]
#[derive(Clone, Copy)]
struct CLength(f64);
#[inline(never)]
fn of_c_lengths(by: i32, a: CLength, b: CLength) -> f64 {
    by as f64 * 100.0 + black_box(a).0 * 10.0 + b.0
}
#[derive(Clone, Copy)]
struct Length(f64);
#[inline(never)]
fn of_lengths(by: i32, a: Length, b: Length) -> f64 {
    by as f64 * 100.0 + black_box(a).0 * 10.0 + b.0
}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct CPoint {
    x: f32,
    y: f32,
}
#[no_mangle]
pub extern "C" fn of_c_point(p: CPoint) -> f32 {
    black_box(p).x * 10.0 + p.y
}
#[no_mangle]
pub extern "C" fn c_sum(a: i32, b: f64) -> f64 {
    black_box(a) as f64 + b
}
#[inline(never)]
fn of_either(e: Either) -> u32 {
    unsafe { black_box(e).whole }
}
#[inline(never)]
fn next_wide(p: u128) -> u128 {
    black_box(p) + 1
}
#[inline(never)]
fn result_of(a: u8) -> Result<u8, String> {
    if black_box(a) > 3 { Ok(a) } else { Err("small".to_string()) }
}
#[inline(never)]
fn area(s: Shape) -> f64 {
    match black_box(s) {
        Shape::Dot => 0.0,
        Shape::Circle(r) => r * r,
        Shape::Rect { w, h } => (w * h) as f64,
    }
}
#[inline(never)]
fn many(a: (i32, i32), b: (i32, i32), c: (i32, i32), d: (i32, i32), e: i64) -> i64 {
    let black = black_box((a, b, c, d));
    let digits = [(black.0).0, a.1, b.0, b.1, c.0, c.1, d.0, d.1];
    digits.iter().fold(e, |sum, digit| sum * 10 + *digit as i64)
}
#[inline(never)]
fn after_nothing(_: (), small: i8) -> i8 {
    black_box(small) - 1
}

trait Named {
    fn id(&self) -> i32;
    fn twice(&self) -> i32 {
        let own = self.id();
        black_box(own) * 2 // #TRAIT
    }
}
impl Point {
    fn new(x: i32) -> Self {
        let y = Self::helper(x);
        Point { x, y } // #NEW
    }
    #[inline(never)]
    fn moved(self, by: Option<i32>, name: &str) -> i32 {
        black_box(self.x) + by.unwrap_or(100) * 10 + name.len() as i32 * 1000
    }
    fn helper(x: i32) -> i32 {
        x + 10
    }
    fn shown(&self) -> i32 {
        let own = Self::helper(self.x);
        black_box(own) + self.y // #METHOD
    }
}
impl Named for Point {
    fn id(&self) -> i32 {
        self.x
    }
}

fn main() {
    let number = 42;
    let (a, b) = (1, 1);
    let (ra, rb) = (&a, &b);
    let arr = [1, 2, 3];
    let same = [1, 2, 3];
    let more = vec![1, 2, 4];
    let (slice, bytes, letters) = (&same[..], *b"xyz", b"hello");
    let words = ["one", "two"];
    let text = String::from("own");
    let four = [1u8, 2, 3, 4];
    let large = [1u64, 2, 3, 4];
    let points = [Point { x: 1, y: 2 }];
    let nothing = ();
    let tuple = (5, 6u8);
    let mut option = Some(3);
    let mut boxed = Some(Box::new(5));
    let mut string = Some("abc".to_string());
    let mut reference: Option<&i32> = None;
    let mut result: Result<i32, u8> = Ok(3);
    let mut truth = Some(Some(true));
    let mut real = Some(1.5);
    let mut small = Some(7u8);
    let mut letter = Some('x');
    let mut both = Some((1, 2u8));
    let mut shape = Shape::Circle(2.5);
    let mut meters = Meters(1.5, 2);
    let (one_set, other_set): (HashSet<i32>, HashSet<i32>) = ((0..50).collect(), (0..50).rev().collect());
    let (one_tree, other_tree): (BTreeSet<i32>, BTreeSet<i32>) = ((0..5).collect(), (0..5).rev().collect());
    let (many_bytes, more_bytes) = (vec![1u8; 70000], vec![1u8; 70001]);
    let (one_box, other_box) = (Box::new(5), Box::new(5));
    let rra = &ra;
    black_box((&one_set, &other_set, &one_tree, &other_tree, &many_bytes, &more_bytes, &one_box, &other_box, &rra));
    let c_point = CPoint { x: 1.0, y: 2.0 };
    let total = text_length("abc") as i64
        + sum_bytes(b"hi", b'a', b"123") as i64
        + owned("x".to_string()) as i64
        + pair(tuple) as i64
        + nested_pair((tuple, 3)) as i64
        + make_pair(3).0 as i64
        + make_floats(2.0).0 as i64
        + make_three(2.0)[0] as i64
        + or_none(option) as i64
        + above_five(3).unwrap_or(1) as i64
        + sum_four(four) as i64
        + sum_three([1, 2, 3]) as i64
        + sum_large(large) as i64
        + of_point(Point::new(4)) as i64
        + of_floats((1.5, 2.5)) as i64
        + of_mixed((1.5, 4)) as i64
        + of_meters(Meters(1.0, 2)) as i64
        + of_aligned(make_aligned(1.0)) as i64
        + of_packed(Packed(1.0, 2.0)) as i64
        + of_c_lengths(1, CLength(2.0), CLength(3.0)) as i64
        + of_lengths(1, Length(2.0), Length(3.0)) as i64
        + of_c_point(c_point) as i64
        + c_sum(1, 2.0) as i64
        + of_either(Either { real: 1.0 }) as i64
        + next_wide(5) as i64
        + result_of(5).unwrap_or(1) as i64
        + area(shape) as i64
        + many((1, 2), (3, 4), (5, 6), (7, 8), 9)
        + after_nothing((), -3) as i64
        + Point::new(3).twice() as i64
        + Point::new(3).moved(None, "name") as i64
        + Point::new(3).shown() as i64;
    black_box((&ra, &rb, &arr, &more, &slice, &bytes, &letters, &words, &text, &large, &points, &nothing, total)); // #MAIN
    option = black_box(None);
    boxed = black_box(None);
    string = black_box(None);
    reference = black_box(Some(&number));
    result = black_box(Err(3));
    truth = black_box(None);
    real = black_box(None);
    small = black_box(None);
    letter = black_box(None);
    both = black_box(None);
    shape = black_box(Shape::Rect { w: 1, h: 2 });
    meters = black_box(Meters(2.5, 3));
    black_box((&option, &boxed, &string, &reference, &result, &truth, &real, &small, &letter, &both, &shape, &meters));
}
