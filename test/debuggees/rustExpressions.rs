// What expressions have of Rust's own syntax.
mod shapes {
    pub static SIDES: u32 = 4;
    pub mod round {
        pub static PI: u32 = 3;
        pub fn area(radius: u32) -> u32 {
            let doubled = radius * 2;
            PI * doubled + super::SIDES // #AREA
        }
    }
    pub struct Square {
        pub side: i32,
    }
    impl Square {
        pub fn scaled(&self, by: i32) -> i32 {
            let side = self.side;
            let grow = |times: i32| {
                let grown = side * times;
                grown + SIDES as i32 - 4 // #CLOSURE
            };
            grow(by) // #SCALED
        }
    }
}

static LIMIT: u32 = 7;

fn larger<T: PartialOrd + Copy>(left: T, right: T) -> T {
    if left > right {
        left
    } else {
        right
    }
}

fn first(list: &Vec<u32>, pair: &[u8; 2], slice: &[u32]) -> u32 {
    list[0] + pair[1] as u32 + slice[1] // #REFERENCES
}

fn main() {
    let number: i32 = 5;
    let small: u8 = 200;
    let single: f32 = 0.1;
    let least: i8 = -100;
    let real = 2.75f64;
    let letter = 'é';
    let yes = true;
    let array = [1i16, 2, 3];
    let empty: [u8; 0] = [];
    let some: Option<i32> = Some(4);
    let none: Option<i32> = None;
    let fine: Result<u8, String> = Ok(9);
    let wrong: Result<u8, String> = Err(String::from("bad"));
    let list = vec![10u32, 20];
    let total = shapes::round::area(LIMIT) as i32
        + shapes::Square { side: 3 }.scaled(2)
        + larger(number, 3)
        + larger(2u8, 3) as i32
        + first(&list, b"hi", &list) as i32;
    println!("{total} {small} {real} {letter} {yes} {array:?} {empty:?}"); // #MAIN
    println!("{single} {least} {some:?} {none:?} {fine:?} {wrong:?} {list:?} {number}");
    // Whose addresses nobody has may be left out.
    println!("{:p} {:p} {:p}", &shapes::SIDES, &shapes::round::PI, &LIMIT);
}
