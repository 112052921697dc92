"""The world of kit is no package of the suite: it lies beside the data that it makes."""

import sys

from codeupdate import plugins

sys.path.insert(0, str(plugins.data_folder()))
