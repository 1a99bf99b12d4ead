// A class with a base, a reference parameter and a namespace.
#include <string>
#include <vector>

namespace shapes {
struct Shape {
    int width = 3;
    virtual ~Shape() = default;
    virtual int area() const = 0;
};
struct Rectangle : Shape {
    int height = 4;
    int area() const override {
        return width * height; // #BP1
    }
};
} // namespace shapes

static int measure(const shapes::Shape &shape) { return shape.area(); }

int main() {
    shapes::Rectangle rectangle;
    std::vector<int> numbers{1, 2, 3};
    std::string name = "rectangle";
    int area = measure(rectangle); // #CALL
    return area + (numbers.size() == 3 && name.size() == 9 ? 0 : 100); // #END
}
