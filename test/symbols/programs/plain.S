# Assembly: labels without sizes, lines from the assembler.
        .globl _start
        .text
_start:
        mov $60, %eax
        xor %edi, %edi
helper:
        syscall
        hlt
        .section .note.GNU-stack,"",@progbits
