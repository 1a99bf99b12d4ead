/* Compiled without debug information: only the symbol table has its names. */
#include <cstdlib>

namespace shapes {
struct Shape {
    virtual ~Shape() {}
    virtual double area() const = 0;
};
struct Circle : Shape {
    double radius = 2;
    ~Circle() override;
    double area() const override;
};
__attribute__((noinline)) Circle::~Circle() { abs(0); }
__attribute__((noinline)) double Circle::area() const { return 3 * radius * radius; }

__attribute__((noinline)) double scaled(const Shape &shape, int by) { return shape.area() * by; }
__attribute__((noinline)) double scaled(const Shape &shape, double by) { return shape.area() * by; }
} // namespace shapes

static shapes::Shape *volatile newest;

int main() {
    newest = new shapes::Circle;
    double sum = shapes::scaled(*newest, 2) + shapes::scaled(*newest, 0.5);
    delete newest;
    return sum == 30 ? 0 : 1;
}
