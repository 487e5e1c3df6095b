"""deploy_role.py TRANSLATION: holds docs/deploy-role.yaml against the resource types of the translated template. The actions that
CloudFormation takes for each type are in its schemas, which cfn-lint has; they are of all that a type can do, so what the template
doesn't use stands here with its reason.
"""

import json
import pathlib
import re
import sys

import cfnlint.data.schemas
from samtranslator.yaml_helper import yaml_parse

UNUSED = "|".join([
    # Services of things that are not here: keys of one's own, networks, file systems, streams, deliveries, other targets of a firewall.
    "(acm-pca|amplify|apprunner|appsync|bedrock-agentcore|cognito-idp|ec2|elasticfilesystem|elasticloadbalancing|firehose|kinesis|kms|payments|s3files):.*",
    "apigateway:UpdateRestApiPolicy",
    # A table's items, its import, streams to Kinesis, a policy of its own and replicas.
    "dynamodb:(.*(Item|Replica|Import|Scan|Query)|ImportTable|(Put|Delete)ResourcePolicy|(Enable|Disable|Update)KinesisStreamingDestination|UpdateContributorInsights)",
    # The last would undo what a boundary is for.
    "iam:((At|De)tach(User|Group)Policy|CreateServiceLinkedRole|DeleteRolePermissionsBoundary)",
    # Signed code, layers, versions, other ways to run, scale and recur than the default.
    "lambda:(.*(Put|Delete)Function(CodeSigning|Recursion|Scaling)Config|GetCodeSigningConfig|GetLayerVersion|PublishVersion|PutRuntimeManagementConfig|PassCapacityProvider|AssociateRuntimeAlias)",
    "logs:((Put|Delete)(DataProtection|Index|Resource)Policy|.*KmsKey|.*Log(Delivery|Streams?|Events)|PutBearerTokenAuthentication|PutLogGroupDeletionProtection)",
    "s3:(GetObjectMetadata|ListBucket|REST.*)",
    "sns:PutDataProtectionPolicy",
    "wafv2:(Get|Put)PermissionPolicy",
    # Lists of a whole account's.
    "(acm|cloudwatch|dynamodb|iam|lambda|sns):List(Certificates|Dashboards|Functions|Policies|Roles|Tables|Topics)",
])  # fmt: skip

schemas = pathlib.Path(cfnlint.data.schemas.__path__[0])
files = json.loads((schemas / "providers/us-east-1.json").read_text())
needed = set()
for kind in {resource["Type"] for resource in json.loads(pathlib.Path(sys.argv[1]).read_text())["Resources"].values()}:
    handlers = json.loads((schemas / f"resources/{files[kind]}.json").read_text())["handlers"]
    needed.update(action for name, handler in handlers.items() if name != "list" for action in handler["permissions"])
needed = {action for action in needed if not re.fullmatch(UNUSED, action)}

role = yaml_parse(pathlib.Path("docs/deploy-role.yaml").read_text())["Resources"]["Execution"]["Properties"]
statements = role["Policies"][0]["PolicyDocument"]["Statement"]
given = {
    action
    for statement in statements
    for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
}
if needed != given:
    sys.exit(f"docs/deploy-role.yaml lacks {sorted(needed - given)} and has {sorted(given - needed)} for nothing")
