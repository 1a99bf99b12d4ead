# A program without debug information and without a main: exits with 5.
        .globl _start
        .type _start, @function
_start:
        mov $3, %edi
        call add_two
        mov $60, %eax
        syscall
        .size _start, . - _start
        .type add_two, @function
add_two:
        lea 2(%rdi), %edi
        ret
        .size add_two, . - add_two
        .section .note.GNU-stack, "", @progbits
