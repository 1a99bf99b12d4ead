// stresses: rayon's thread pool: parallel iterators, a sort, nested joins and a scope, checked against one thread
use rayon::prelude::*;
use std::sync::atomic::{AtomicI32, Ordering};

#[no_mangle]
pub static places_reached: AtomicI32 = AtomicI32::new(0);

#[no_mangle]
#[inline(never)]
pub extern "C" fn checkpoint_here() {
    places_reached.fetch_add(1, Ordering::SeqCst);
}

fn mix(number: u64, round: u64) -> u64 {
    (0..200).fold(number + round, |sum, each| sum.wrapping_mul(31).wrapping_add(each)) % 1000
}

fn fibonacci(number: u64) -> u64 {
    if number < 2 {
        return number;
    }
    if number < 12 {
        return fibonacci(number - 1) + fibonacci(number - 2);
    }
    let (one, two) = rayon::join(|| fibonacci(number - 1), || fibonacci(number - 2));
    one + two
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    for round in 0..3u64 {
        let sum: u64 = pool.install(|| {
            (0..2000u64)
                .into_par_iter()
                .map(|number| {
                    if number % 700 == 13 {
                        checkpoint_here();
                    }
                    mix(number, round)
                })
                .sum()
        });
        assert_eq!(sum, (0..2000u64).map(|number| mix(number, round)).sum::<u64>());
        let mut numbers: Vec<u64> = (0..20000u64).map(|number| number * 2654435761 % 100003).collect();
        pool.install(|| numbers.par_sort_unstable());
        assert!(numbers.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(pool.install(|| fibonacci(22)), 17711);
        pool.scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|_| checkpoint_here());
            }
        });
    }
    println!("EXIT-SUCCESS");
}
