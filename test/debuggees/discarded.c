/* A variable that the linker leaves out, since nothing uses it. */
int dropped = 5;
int kept = 6;

int main(void) {
    return kept - 6; // #MAIN
}
