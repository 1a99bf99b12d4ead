/* With linkTimeOther: static variables of one name in two files, which link-time optimization numbers. */
static volatile int counter = 1;

int bump(void);

int main(void) {
    counter += bump(); // #BUMP
    return counter == 99; // #AFTER
}
