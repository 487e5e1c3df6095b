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

role = yaml_parse(pathlib.Path("docs/deploy-role.yaml").read_text())["Resources"]["Execution"]["Properties"]


def listed(value):
    return value if isinstance(value, list) else [value]


given = []  # each action, its effect, and: the condition that its statement is there under, its resources, the statement's own condition
for each in role["Policies"][0]["PolicyDocument"]["Statement"]:
    there_if, statement = each["Fn::If"][:2] if "Fn::If" in each else (None, each)
    resources = [one["Fn::Sub"] if "Fn::Sub" in one else one for one in listed(statement["Resource"])]
    limits = there_if, resources, statement.get("Condition")
    given += [(action, statement["Effect"], limits) for action in listed(statement["Action"])]

allowed = {action for action, effect, _ in given if effect == "Allow"}
if needed != allowed:
    sys.exit(f"docs/deploy-role.yaml lacks {sorted(needed - allowed)} and has {sorted(allowed - needed)} for nothing")

# What is not limited to names that begin with the stack's is limited to these, or IAM could not name it.
ELSEWHERE = {
    "apigateway": ["arn:${AWS::Partition}:apigateway:${AWS::Region}::/*"],
    "wafv2": [
        "arn:${AWS::Partition}:wafv2:${AWS::Region}:${AWS::AccountId}:regional/*",
        "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/*/stages/live",
    ],
    "s3": ["arn:${AWS::Partition}:s3:::aws-sam-cli-managed-default-*/*"],
    "route53": ["arn:${AWS::Partition}:route53:::hostedzone/${HostedZoneId}"],
}
UNNAMED = r"(acm|sns:Unsubscribe|logs:Describe(IndexPolicies|LogGroups|ResourcePolicies)|route53:(GetChange|ListHostedZones)).*"
BOUNDARY = {"StringEquals": {"iam:PermissionsBoundary": {"Ref": "PermissionsBoundary"}}}
WITHIN_IT = {"Fn::If": ["HasBoundary", BOUNDARY, {"Ref": "AWS::NoValue"}]}
PASSED = {"StringEquals": {"iam:PassedToService": ["apigateway.amazonaws.com", "lambda.amazonaws.com"]}}
for action, effect, found in given:
    resources = found[1]
    if effect == "Deny":
        meant = "HasBoundary", [{"Ref": "PermissionsBoundary"}], None
    else:
        named = all(re.search(r"[:/]\$\{StackName\}[-/]", each) for each in resources)
        elsewhere = ELSEWHERE.get(action.split(":")[0], "the stack's")
        where = ["*"] if re.fullmatch(UNNAMED, action) else resources if named else elsewhere
        bounded = re.fullmatch("iam:(Attach|Create|Delete|Detach|Put|Update|UpdateAssume)Role(Policy|PermissionsBoundary)?", action)
        limited = PASSED if action == "iam:PassRole" else WITHIN_IT if bounded else None
        meant = "HasZone" if where == ELSEWHERE["route53"] else None, where, limited
    if found != meant:
        sys.exit(f"docs/deploy-role.yaml: {effect} {action}: {found} and not {meant}")
