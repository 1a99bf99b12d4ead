// What a person who writes Rust expects to read: references by what they lead to, characters, addresses, texts of C.
use std::ffi::{CStr, CString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};

struct Meters(f64);

struct Place {
    name: &'static str,
    at: (i32, i32),
}

fn main() {
    let place = Place { name: "here", at: (3, -4) };
    let place_reference = &place;
    let twice = &place_reference;
    let mut number = 7;
    let number_reference = &mut number;
    let boxed = Some(Box::new(Meters(2.5)));
    let pointer: *const i32 = &place.at.0;
    let nothing = &();
    let letters = ['a', '\n', '\'', 'ß', '\u{1f600}'];
    let matrix = [[1i32, 2, 3], [4, 5, 6]];
    let bytes = b"raw";
    let flag = AtomicBool::new(true);
    let owned = CString::new("of C").unwrap();
    let borrowed: &CStr = owned.as_c_str();
    let empty = CString::default();
    let ip = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 1));
    let ip6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let local6 = IpAddr::V6(Ipv6Addr::LOCALHOST);
    let socket: SocketAddr = "10.0.0.1:8080".parse().unwrap();
    let socket6: SocketAddr = "[fe80::1]:80".parse().unwrap();
    let scoped: SocketAddr = "[fe80::1%3]:80".parse().unwrap();
    let mapped: Ipv6Addr = "::ffff:1.2.3.4".parse().unwrap();
    let shown = place.name.len() + flag.load(Ordering::SeqCst) as usize; // #SHOWN
    *number_reference += matrix[1][2] + bytes[0] as i32 + letters.len() as i32;
    println!("{shown} {} {:?} {pointer:?} {nothing:?} {owned:?} {borrowed:?} {empty:?}", twice.name, boxed.map(|b| b.0));
    println!("{ip} {ip6} {local6} {socket} {socket6} {scoped} {mapped} {number}");
}
