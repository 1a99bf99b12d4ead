// A function of which the compiler leaves out the parameter that is always one, and another that it leaves as it is.

/// The compiler knows nothing of what comes out of here.
#[inline(never)]
fn black_box<T>(value: T) -> T {
    unsafe { std::arch::asm!("/* {0} */", in(reg) &value) };
    value
}

#[inline(never)]
fn always_one(one: u64, number: u64) -> u64 {
    one * 100 + black_box(number)
}

#[inline(never)]
fn of_any(one: u64, number: u64) -> u64 {
    one * 100 + black_box(number)
}

fn main() {
    let given = black_box(3);
    let total = always_one(1, given) + always_one(1, 4) + of_any(given, 2) + of_any(4, given);
    println!("{total}"); // #MAIN
    println!("{total}");
}
