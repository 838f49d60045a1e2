/* libyaml, the YAML 1.1 reference parser. */
#include <yaml.h>
