// Built by clang as it is by default: std::string is declared only, its description is left to the library.
#include <string>
#include <vector>

struct Person {
    std::string name;
    int age;
};

int main() {
    std::string shorter = "short", longer = "a text that is longer than what fits in the object itself", empty;
    std::wstring wide = L"wide";
    std::vector<std::string> words{"one", "two"};
    Person person{"Ann", 30};
    const std::string &reference = shorter;
    std::string *pointer = &longer;
    return shorter.size() + wide.size() + words.size() + person.age + reference.size() + pointer->size() == 0; // #MAIN
}
