/* Arrays of constants: gcc has const around the array and, of most, at the elements too. */
typedef int row_t[3];
const int plain[2] = {1, 2};
static const void *const table[2] = {plain, plain};
static volatile const char *const volatile names[2][2];
const row_t fixed = {1, 2, 3};

int main(void) {
    return table[0] == names[0][0] && fixed[0] && plain[1]; // #ARRAYS
}
