// What is made once, in the standard library: since Rust 1.80.
use std::cell::{LazyCell, OnceCell};
use std::sync::{LazyLock, OnceLock};

struct Circle {
    radius: f64,
}

/// The compiler knows nothing of what is kept.
#[inline(never)]
fn keep<T>(value: T) -> T {
    unsafe { std::arch::asm!("/* {0} */", in(reg) &value) };
    value
}

fn main() {
    let (once, no_once): (OnceCell<i32>, OnceCell<String>) = (OnceCell::from(1), OnceCell::new());
    let (once_lock, no_once_lock): (OnceLock<String>, OnceLock<i32>) = (OnceLock::from(String::from("o")), OnceLock::new());
    let (lazy, no_lazy): (LazyCell<i32>, LazyCell<i32>) = (LazyCell::new(|| 5), LazyCell::new(|| 6));
    let (lazy_lock, no_lazy_lock): (LazyLock<Circle>, LazyLock<i32>) =
        (LazyLock::new(|| Circle { radius: 2.5 }), LazyLock::new(|| 8));
    let forced = *lazy + lazy_lock.radius as i32;
    keep(0); // #ONCE
    keep((&once, &no_once, &once_lock, &no_once_lock, &lazy, &no_lazy, &lazy_lock, &no_lazy_lock, &forced));
}
