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
    # Services of things that are not here: your own keys, networks, file systems, streams, deliveries, other targets of a firewall.
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


def listed(value):
    return value if isinstance(value, list) else [value]


given = []  # effect and action, and: the condition that their statement is there under, its resources, its own condition
role = yaml_parse(pathlib.Path("docs/deploy-role.yaml").read_text())["Resources"]["Execution"]["Properties"]
for each in role["Policies"][0]["PolicyDocument"]["Statement"]:
    there_if, statement = each["Fn::If"][:2] if "Fn::If" in each else (None, each)
    resources = [one.get("Fn::Sub", one) if isinstance(one, dict) else one for one in listed(statement["Resource"])]
    if all(re.search(r"[:/]\$\{StackName\}[-/]", str(one)) for one in resources):
        resources = "the stack's"
    limits = [there_if, resources, statement.get("Condition")]
    given += [(f"{statement['Effect']} {action}", limits) for action in listed(statement["Action"])]

allowed = {right.removeprefix("Allow ") for right, _ in given if right.startswith("Allow ")}
if needed != allowed:
    sys.exit(f"docs/deploy-role.yaml lacks {sorted(needed - allowed)} and has {sorted(allowed - needed)} for nothing")

# What is not limited to names that begin with the stack's is limited to these, or IAM could not name it. The first pattern that
# fits counts.
BOUNDARY = {"Ref": "PermissionsBoundary"}
WITHIN_IT = {"Fn::If": ["HasBoundary", {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}, {"Ref": "AWS::NoValue"}]}
PASSED = {"StringEquals": {"iam:PassedToService": ["apigateway.amazonaws.com", "lambda.amazonaws.com"]}}
REGIONAL = "arn:${AWS::Partition}:wafv2:${AWS::Region}:${AWS::AccountId}:regional/*"
GATEWAY = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/"
LIMITS = {
    "Deny .*": ["HasBoundary", [BOUNDARY], None],
    "Allow iam:PassRole": [None, "the stack's", PASSED],
    "Allow iam:(Attach|Create|Delete|Detach|Put|Update|UpdateAssume)Role(Policy|PermissionsBoundary)?": [None, "the stack's", WITHIN_IT],
    "Allow (acm:.*|sns:Unsubscribe|logs:Describe(IndexPolicies|LogGroups|ResourcePolicies))": [None, ["*"], None],
    "Allow route53:(GetChange|ListHostedZones)": [None, ["*"], None],
    "Allow route53:.*": ["HasZone", ["arn:${AWS::Partition}:route53:::hostedzone/${HostedZoneId}"], None],
    "Allow apigateway:.*": [None, [f"{GATEWAY}*"], None],
    "Allow wafv2:.*": [None, [REGIONAL, f"{GATEWAY}restapis/*/stages/live"], None],
    "Allow s3:.*": [None, ["arn:${AWS::Partition}:s3:::aws-sam-cli-managed-default-*/*"], None],
    "Allow .*": [None, "the stack's", None],
}
for right, found in given:
    meant = next(limits for pattern, limits in LIMITS.items() if re.fullmatch(pattern, right))
    if found != meant:
        sys.exit(f"docs/deploy-role.yaml: {right}: {found} and not {meant}")
