/* Vectors: in memory, in structs and arrays, as parameters and results, in registers. */
#include <stdarg.h>
#include <stdio.h>

typedef float v4sf __attribute__((vector_size(16)));
typedef int v4si __attribute__((vector_size(16)));
typedef unsigned char v16qu __attribute__((vector_size(16)));
typedef char v16qi __attribute__((vector_size(16)));
typedef short v4hi __attribute__((vector_size(8)));
typedef double v4df __attribute__((vector_size(32)));
typedef double v8df __attribute__((vector_size(64)));
typedef long v2di __attribute__((vector_size(16)));
#ifdef __clang__
typedef float v3sf __attribute__((ext_vector_type(3)));
v3sf three = {1, 2, 3};
#endif

struct holder {
    char tag;
    v4sf v;
};
struct single {
    v4sf v;
};
struct wide {
    v4df v;
};
struct pair {
    v4sf a, b;
};
union either {
    double d[2];
    v4sf v;
};
union bits {
    long l[2];
    v4sf v;
};
union front {
    int i;
    v4sf v;
};
struct __attribute__((packed)) tight {
    char c;
    v4sf v;
};

v4sf a = {1, 2, 3, 4}, b = {1, 5, 3, 8};
v4si ints = {1, -2, 3, 2147483647};
v16qu bytes = {255, 128, 1};
v16qi letters = {'a', 'b', -1};
v4hi halves = {1, -2, 3, -4};
v4df big = {1.5, 2.5, 3.5, 4.5}, other = {1, 2, 3, 4};
v8df widest = {1, 2, 3, 4, 5, 6, 7, 8};
v2di longs = {1, -1};
v4sf list[2] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
struct holder held = {'t', {9, 8, 7, 6}};
struct single alone = {{1, 2, 3, 4}};
struct wide broad = {{1, 2, 3, 4}};
struct pair both = {{1, 2, 3, 4}, {5, 6, 7, 8}};
union either either = {.v = {1, 2, 3, 4}};
union bits bits = {.v = {1, 2, 3, 4}};
union front front = {.v = {1, 2, 3, 4}};
struct tight tight = {'t', {1, 2, 3, 4}};
float __attribute__((vector_size(16))) *direct = &a;
__float128 quad = 1.5;
v4sf *pointer = &a;
int number = 7;
volatile float sink;

#ifdef __clang__
#define KEPT __attribute__((noinline))
#else
#define KEPT __attribute__((noinline, noclone))
#endif
#pragma GCC diagnostic ignored "-Wpsabi"

KEPT v4sf twice(v4sf v) { return v + v; }
KEPT v4hi twiceHalves(v4hi v) { return v + v; }
KEPT v4df twiceBig(v4df v) { return v + v; }
KEPT double mixedBig(double before, v4df v, int n, v4df w, float after) {
    return before + v[0] * w[3] + n + after * 1000;
}
KEPT struct single twiceSingle(struct single s) { return (struct single){s.v + s.v}; }
KEPT struct wide twiceWide(struct wide s) { return (struct wide){s.v + s.v}; }
KEPT struct pair swapped(struct pair p) { return (struct pair){p.b, p.a}; }
KEPT union either sameEither(union either e) {
    e.d[1] += 0;
    return e;
}
KEPT union bits sameBits(union bits e) {
    e.l[1] += 0;
    return e;
}
KEPT union front sameFront(union front e) {
    e.i += 0;
    return e;
}
KEPT __float128 twiceQuad(__float128 q, double d) { return q + q + d; }
KEPT double many(int n, v4sf v1, v4sf v2, v4sf v3, v4sf v4, v4sf v5, v4sf v6, v4sf v7, v4sf v8, int i1,
                 int i2, int i3, int i4, int i5, char on, v4sf v9, v4df v10, struct tight t) {
    return n + v1[0] + v2[1] + v3[2] + v4[3] + v5[0] + v6[1] + v7[2] + v8[3] + i1 + i2 + i3 + i4 + i5 +
           on * 100 + v9[2] * 1000 + v10[3] * 10000 + t.v[3];
}
KEPT float vary(int count, ...) {
    va_list list;
    float sum = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        v4sf v = va_arg(list, v4sf);
        sum += v[0] * 10 + v[3];
    }
    va_end(list);
    return sum;
}
KEPT v4df spilled(v4df v1, v4df v2, v4df v3, v4df v4, v4df v5, v4df v6, v4df v7, v4df v8, v4sf v9, v4df v10,
                  v4sf v11) {
    v4df sum = v1 + v2 + v3 + v4 + v5 + v6 + v7 + v8;
    sink = v9[0] + v11[0];
    return sum + v10 * v10;
}
KEPT double varyBig(int count, ...) {
    va_list list;
    double sum = 0;
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        v4df v = va_arg(list, v4df);
        sum += v[0] * 10 + v[3];
    }
    va_end(list);
    return sum;
}
KEPT v4df varyGives(int count, ...) {
    va_list list;
    v4df sum = {};
    va_start(list, count);
    for (int i = 0; i < count; i++) {
        v4df v = va_arg(list, v4df);
        sum += v;
    }
    va_end(list);
    return sum;
}
KEPT double varyAfter(int count, v4df first, ...) {
    va_list list;
    double sum = first[1];
    va_start(list, first);
    for (int i = 0; i < count; i++) {
        v4df v = va_arg(list, v4df);
        sum += v[0] * 10 + v[3];
    }
    va_end(list);
    return sum;
}
KEPT int ignoresAll(int n, ...) { return n; }
KEPT int ignores(v4df v) { return number; }

/* Of registers that not every processor has. */
KEPT __attribute__((target("avx512f"))) v8df twiceWidest(v8df v) {
    v8df square = v * v;
    sink = 0; /* #BP4 */
    return square + v;
}

KEPT v4sf inRegisters(v4sf p, v4df q, v4hi h) {
    v4sf sum = p * p;
    v4df product = q * q;
    sink = 0; /* #BP2 */
    sum += p;
    product += q;
    sink = sum[0] + product[1] + h[0]; /* #BP3 */
    v4sf result = sum * p;
    sink = result[0] + sum[1] + p[2] + product[0] + q[1];
    return result;
}

KEPT __attribute__((target("avx512f"))) void callWidest(void) { sink += twiceWidest(widest)[7]; }

int main(void) {
    v4sf local = a + b;
    v4df localBig = big;
    sink = local[0] + localBig[0]; /* #BP1 */
    v4sf result = inRegisters(a, big, halves);
    result += twice(a) + local;
    sink = result[0] + twiceHalves(halves)[0] + twiceBig(big)[0] + mixedBig(1, big, 2, other, 3);
    sink += twiceSingle(alone).v[0] + twiceWide(broad).v[0] + swapped(both).a[0] + sameEither(either).v[0];
    sink += sameBits(bits).v[0] + (float)twiceQuad(quad, 1) + vary(1, a) + ignores(big) + ignoresAll(1, big);
    sink += many(1, a, a, a, a, a, a, a, a, 1, 2, 3, 4, 5, 6, a, big, tight) + varyBig(1, big) +
            varyGives(1, big)[0] + varyAfter(1, big, big) +
            spilled(big, big, big, big, big, big, big, big, a, big, a)[1] + sameFront(front).v[1] +
            (*direct)[1] + bytes[0] + letters[0] + ints[0] + longs[0];
    sink += list[1][0] + held.v[0] + (*pointer)[0] + localBig[1];
    if (__builtin_cpu_supports("avx512f"))
        callWidest();
    printf("%g\n", (double)sink);
    return 0;
}
