// A panic that is caught, as a thread's end catches it.
fn divide(by: i32) -> i32 {
    if by == 0 {
        panic!("nothing to divide by"); // #PANIC
    }
    10 / by
}

fn main() {
    let by = std::env::args().count() as i32 - 1; // #START
    let result = std::panic::catch_unwind(|| divide(by));
    std::process::exit(if result.is_err() { 7 } else { 1 });
}
