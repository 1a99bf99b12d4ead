/* More instances of one template than a search by a beginning gives: 10,000 and then 1,000. */
template <int Number, int Size> struct Many {
    static int count;
    int value;
};
template <int Number, int Size> int Many<Number, Size>::count = Number;

#define ONE(n) template struct Many<n, 1>;
#define TEN(n) ONE(n##0) ONE(n##1) ONE(n##2) ONE(n##3) ONE(n##4) ONE(n##5) ONE(n##6) ONE(n##7) ONE(n##8) ONE(n##9)
#define HUNDRED(n) TEN(n##0) TEN(n##1) TEN(n##2) TEN(n##3) TEN(n##4) TEN(n##5) TEN(n##6) TEN(n##7) TEN(n##8) TEN(n##9)
#define THOUSAND(n) HUNDRED(n##0) HUNDRED(n##1) HUNDRED(n##2) HUNDRED(n##3) HUNDRED(n##4) HUNDRED(n##5) HUNDRED(n##6) HUNDRED(n##7) HUNDRED(n##8) HUNDRED(n##9)
#define TEN_THOUSAND(n) THOUSAND(n##0) THOUSAND(n##1) THOUSAND(n##2) THOUSAND(n##3) THOUSAND(n##4) THOUSAND(n##5) THOUSAND(n##6) THOUSAND(n##7) THOUSAND(n##8) THOUSAND(n##9)
TEN_THOUSAND(1)
THOUSAND(20)

template <int Number, int Size> bool operator<(const Many<Number, Size> &left, const Many<Number, Size> &right)
{
    return left.value < right.value;
}

int main()
{
    Many<20999, 1> last{};
    Many<10000, 1> first{};
    return (last < last) + (first < first);
}
