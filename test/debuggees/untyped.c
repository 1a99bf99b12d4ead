/* Functions whose types are told only where there is more debug information than the least. */
static int twice(int number) {
    return number * 2;
}

double half(double number) {
    return number / 2;
}

int main(void) {
    return twice(3) == 6 && half(3) == 1.5 ? 0 : 1; // #MAIN
}
