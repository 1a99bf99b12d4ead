/* Globals of a file of which nothing is on the stack. */
#include "scopes.h"

namespace lib {
int counter = 5;
namespace deep {
int counter = 7;
}
long Shape::made = 3;
namespace {
int nameless = 20;
}
static int same = 30;
void change() {
    counter++, deep::counter++, Shape::made++, nameless++, same++;
}
} // namespace lib
int counter = 9;
