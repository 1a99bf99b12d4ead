/* What one file has and the other only declares. */
namespace lib {
extern int counter;
namespace deep {
extern int counter;
}
struct Shape {
    static long made;
};
void change();
} // namespace lib
extern int counter;
