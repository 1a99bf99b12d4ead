// Methods that are called through thunks: by a second base, by a virtual base, and one that returns a class derived from its base's.
struct Result {
    int value = 1;
    virtual ~Result() {}
};
struct Other {
    int padding = 2;
    virtual ~Other() {}
};
struct Both : Other, Result {};

struct First {
    int one = 1;
    virtual ~First() {}
    virtual int unused() { return one; }
};
struct Second {
    virtual ~Second() {}
    virtual int number(int n) = 0;
    virtual Result *result() = 0;
};
struct Third {
    int three = 3;
    virtual ~Third() {}
    virtual int number3(int n) = 0;
};
struct Object : First, Second, virtual Third {
    Both both;
    int number(int n) override {
        return n + one; // #NUMBER
    }
    int number3(int n) override {
        return n + three; // #NUMBER3
    }
    Both *result() override {
        return &both; // #RESULT
    }
};

int main() {
    Object object;
    Second *second = &object;
    Third *third = &object;
    int total = 0;
    total += second->number(1); // #CALL
    total += third->number3(2); // #CALL3
    total += second->result()->value; // #CALLRESULT
    return total - 8; // #END
}
