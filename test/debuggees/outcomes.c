// Two outcomes that hang on one variable: what a person changes after going back.
#include <stdio.h>

static int spend(int purse, int price) {
    int left = purse - price; // #SPEND
    return left;
}

int main(void) {
    int prices[] = {12, 30, 25};
    int purse = 50;
    for (int i = 0; i < 3; i++) {
        purse = spend(purse, prices[i]); // #BP1
        printf("bought for %d, %d left\n", prices[i], purse);
    }
    puts(purse < 0 ? "broke" : "happy"); // #BP2
    return purse < 0 ? 3 : 0;
}
