/* C++: namespaces, base classes, references, static members. */
namespace geometry {
struct Base {
    virtual ~Base() {}
    int id = 1;
    static int made;
};
int Base::made = 3;
struct Point : Base {
    double x = 1, y = 2;
    double norm() const { return x * x + y * y; }
};
} // namespace geometry

int main()
{
    geometry::Point point;
    const geometry::Point &reference = point;
    return reference.norm() > 100 ? geometry::Base::made : 0;
}
