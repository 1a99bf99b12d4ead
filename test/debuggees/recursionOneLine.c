// Recursion from the line on which the function begins: a step must tell the frames from one another, not the lines.
static int first(int n) { if (n <= 0) return 0; int m = first(n - 1); // #FIRST
    return m + n;                                                     // #SUM
}

static int whole(int n) { return n <= 0 ? 0 : n + whole(n - 1); } // #WHOLE

int main(void) {
    int sum = first(2); // #BP1
    sum += whole(2);    // #BP2
    return sum != 6;    // #END
}
