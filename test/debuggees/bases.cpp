// Base classes that do not begin where the object does: virtual ones, second ones, and pointers to them.
struct Base {
    int b = 1;
    virtual ~Base() {}
};
struct Other {
    int o = 2;
    virtual ~Other() {}
};
struct Der : Base, Other {
    int d = 3;
    int plain(int add) { return d + add; }
    virtual int overridden() { return d; }
};
struct Left : virtual Base {
    int left = 21;
};
struct Right : virtual Base {
    int right = 22;
};
struct Dia : Left, Right {
    int dd = 23;
};
struct Twice : Der, Right {
    int twice = 24;
};

__attribute__((noinline)) int takes(Other *other) { return other->o; }
__attribute__((noinline)) int refers(Other &other) { return other.o; }

int rounds(Left *walk, Der *der) {
    int sum = 0;
    for (int i = 0; i < 3; i++) {
        walk->b += i;
        sum += walk->b + der->o; // #LOOP
    }
    return sum;
}

int main() {
    Der der;
    Dia dia;
    Twice both;
    Other *other = &der;
    Other *none = nullptr;
    Der *nothing = nullptr;
    Left *left = &dia;
    Base *base = &dia;
    alignas(Dia) char raw[sizeof(Dia)] = {};
    Left *unmade = reinterpret_cast<Left *>(raw);
    int Der::*data = &Der::d;
    int Der::*inherited = &Der::o;
    long behind = -1;
    int Der::*unset = nullptr;
    int (Der::*function)(int) = &Der::plain;
    int (Der::*through)() = &Der::overridden;
    int before = dia.b; // #BP1
    int result = takes(other) + refers(der) + takes(none ? none : &der) + base->b + left->left + before;
    result += nothing ? nothing->d : both.twice + unmade->left;
    result += der.*data + der.*inherited + (int)behind + (unset ? 1 : 0) + (der.*function)(1) + (der.*through)();
    return result + rounds(left, &der); // #BP2
}
