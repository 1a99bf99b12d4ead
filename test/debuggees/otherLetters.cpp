// Names with letters beyond ASCII, and with dollar signs.
namespace räume {
struct Maß {
    int höhe = 1;
    int $x = 2;
    int zähle(int änderung) {
        return höhe + änderung; // #COUNT
    }
};
template <typename T> struct Größer : Maß {
    T wert{};
};
} // namespace räume

int größe = 5;
static int a$b = 4;

int main() {
    räume::Größer<int> maß;
    int sum = 0;
    for (int zähler = 0; zähler < 3; zähler++)
        sum += maß.zähle(zähler) + a$b + größe; // #LOOP
    return sum == 0;
}
